// DANGER: leaves a layer out. Only mounts and file modes keep files from the program; abstract sockets and signals only
// namespaces. For fault-injection tests and explicit operator flags; the caller logs and shows it (A3).
#pragma once

namespace x1::sandbox::weaken {

class WithoutLandlock {
 public:
  friend WithoutLandlock without_landlock();

 private:
  WithoutLandlock() = default;
};
inline WithoutLandlock without_landlock() { return {}; }

}  // namespace x1::sandbox::weaken
