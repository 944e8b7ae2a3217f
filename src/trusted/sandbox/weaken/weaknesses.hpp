// The layers that a plan leaves out, each by a token that only its own header makes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sandbox/weaken/without_capability_drop.hpp"
#include "sandbox/weaken/without_landlock.hpp"
#include "sandbox/weaken/without_mount_namespace.hpp"
#include "sandbox/weaken/without_network_namespace.hpp"
#include "sandbox/weaken/without_pid_namespace.hpp"
#include "sandbox/weaken/without_seccomp.hpp"
#include "sandbox/weaken/without_user_namespace.hpp"

namespace x1::sandbox::weaken {

struct Weaknesses {
  std::optional<WithoutSeccomp> seccomp;
  std::optional<WithoutLandlock> landlock;
  std::optional<WithoutNetworkNamespace> network_namespace;
  std::optional<WithoutUserNamespace> user_namespace;
  std::optional<WithoutPidNamespace> pid_namespace;
  std::optional<WithoutMountNamespace> mount_namespace;
  std::optional<WithoutCapabilityDrop> capability_drop;

  // The names of what is left out, for logs and for the person; empty is the normal case.
  [[nodiscard]] std::vector<std::string> names() const;
};

}  // namespace x1::sandbox::weaken
