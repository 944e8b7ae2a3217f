// What the tests of this folder share: an installation that exists on paper only.
#pragma once

#include "launch/installation.hpp"

namespace x1::launch::testing {

inline Installation paper_installation(bool machine_root = true) {
  return {.layout = Layout("/s"),
          .programs = "/p",
          .nats_server = "/usr/sbin/nats-server",
          .providers = "/v",
          .agent = "/a",
          .node = "/n",
          .ids = OutsideIds(sandbox::Ids{.first_free = 1, .count = 65536, .is_machine_root = machine_root}),
          .own_name = "x1-0a1b2c3d.localhost"};
}

}  // namespace x1::launch::testing
