// DANGER: leaves a layer out. The program sees and signals processes outside that share its id, and outlives its
// starter's kill. For fault-injection tests and explicit operator flags; the caller logs and shows it (A3).
#pragma once

namespace x1::sandbox::weaken {

class WithoutPidNamespace {
 public:
  friend WithoutPidNamespace without_pid_namespace();

 private:
  WithoutPidNamespace() = default;
};
inline WithoutPidNamespace without_pid_namespace() { return {}; }

}  // namespace x1::sandbox::weaken
