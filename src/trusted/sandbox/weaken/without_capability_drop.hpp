// DANGER: leaves a layer out. The program keeps whatever capabilities executing it would give it.
// For fault-injection tests and explicit operator flags; the caller logs and shows it (A3).
#pragma once

namespace x1::sandbox::weaken {

class WithoutCapabilityDrop {
 public:
  friend WithoutCapabilityDrop without_capability_drop();

 private:
  WithoutCapabilityDrop() = default;
};
inline WithoutCapabilityDrop without_capability_drop() { return {}; }

}  // namespace x1::sandbox::weaken
