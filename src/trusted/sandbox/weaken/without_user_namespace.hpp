// DANGER: leaves a layer out. The program runs under its outside id with no id mapping: what that id owns outside is
// its own. For fault-injection tests and explicit operator flags; the caller logs and shows it (A3).
#pragma once

namespace x1::sandbox::weaken {

class WithoutUserNamespace {
 public:
  friend WithoutUserNamespace without_user_namespace();

 private:
  WithoutUserNamespace() = default;
};
inline WithoutUserNamespace without_user_namespace() { return {}; }

}  // namespace x1::sandbox::weaken
