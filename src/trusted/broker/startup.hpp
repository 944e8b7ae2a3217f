// Startup: what the broker is given when it starts, read once and checked.
#pragma once

#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "broker/broker.hpp"
#include "crypto/signing.hpp"
#include "os/fd.hpp"
#include "policy/key_set.hpp"
#include "policy/manifest.hpp"
#include "wire/nkey.hpp"

namespace x1::broker {

struct Startup {
  base::SessionId session;
  Seams seams;
  os::Fd ready;        // where the boot key is told
  os::Fd credentials;  // a pipe with the bus credentials
  policy::KeySet api_keys;
  std::string manifests;  // folder
  std::string journal;    // path
  std::string events;     // path, beside the journal
};

// The command line, as the supervisor writes it. Fails with invalid_request.
[[nodiscard]] base::Result<Startup> startup_from(int argc, char** argv);

// Every FILE.json of the folder, at most 100: manifests that the operator approved.
[[nodiscard]] base::Result<std::vector<policy::Manifest>> read_manifests(const std::string& folder);

[[nodiscard]] base::Result<wire::nkey::Credentials> read_credentials(int fd);

// One line: the public half of this boot's key.
[[nodiscard]] base::Status tell_boot_key(int fd, const crypto::PublicKey& key);

}  // namespace x1::broker
