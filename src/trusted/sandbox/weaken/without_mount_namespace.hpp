// DANGER: leaves a layer out. The program sees the machine's whole file tree, as far as its outside id may read it.
// For fault-injection tests and explicit operator flags; the caller logs and shows it (A3).
#pragma once

namespace x1::sandbox::weaken {

class WithoutMountNamespace {
 public:
  friend WithoutMountNamespace without_mount_namespace();

 private:
  WithoutMountNamespace() = default;
};
inline WithoutMountNamespace without_mount_namespace() { return {}; }

}  // namespace x1::sandbox::weaken
