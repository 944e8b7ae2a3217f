// DANGER: leaves a layer out. The program may make any system call: io_uring, vsock, kernel interfaces of all kinds.
// For fault-injection tests and explicit operator flags; the caller logs and shows it (A3).
#pragma once

namespace x1::sandbox::weaken {

class WithoutSeccomp {
 public:
  friend WithoutSeccomp without_seccomp();

 private:
  WithoutSeccomp() = default;
};
inline WithoutSeccomp without_seccomp() { return {}; }

}  // namespace x1::sandbox::weaken
