// Installation: where the programs lie on this machine, and where the state is. Data that every plan is made from.
#pragma once

#include <string>

#include "base/result.hpp"
#include "launch/ids.hpp"
#include "launch/layout.hpp"

namespace x1::launch {

struct Installation {
  Layout layout;
  std::string programs;     // folder of x1-api, x1-init, …
  std::string nats_server;  // path of nats-server
  std::string providers;    // folder of FOLDER/manifest.yaml
  std::string agent;        // what agents find in /opt/agent; may be absent
  std::string node;         // Node's folder (bin/node), for /opt/node; may be absent
  OutsideIds ids;
  std::string own_name;  // "x1-0a1b2c3d4e5f6071.localhost": made at the first start (own_name.hpp)

  [[nodiscard]] std::string program(std::string_view name) const { return programs + "/" + std::string(name); }
};

// The installation of this state folder. `programs` empty: where this program lies. `share` empty:
// PROGRAMS/../share/x1agent (with providers/, agent/, node/), or the source tree that the programs were built in. Fails
// with not_found, naming what.
[[nodiscard]] base::Result<Installation> find_installation(const std::string& state, const std::string& programs,
                                                           const std::string& share, const OutsideIds& ids);

// Looks for nats-server where Debian and its upstream put it. Fails with not_found, naming the package.
[[nodiscard]] base::Result<std::string> find_nats_server();
// The folder that this very program lies in.
[[nodiscard]] base::Result<std::string> own_folder();

}  // namespace x1::launch
