#include "broker/startup.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "os/arguments.hpp"
#include "os/file.hpp"
#include "wire/json.hpp"

namespace x1::broker {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_manifests = 100;

base::Result<policy::Manifest> read_manifest(const std::string& path) {
  X1_TRY(text, os::read_file(path));
  X1_TRY(value, wire::parse_json(text));
  return policy::manifest_from(value);
}

}  // namespace

base::Result<Startup> startup_from(int argc, char** argv) {
  X1_TRY(arguments, os::Arguments::parse(argc, argv,
                                         {"--session", "--gate", "--dialer", "--vault", "--supervisor", "--ready",
                                          "--credentials", "--api-keys", "--manifests", "--journal"}));
  X1_TRY(session_text, arguments.text("--session"));
  X1_TRY(session, base::SessionId::parse(session_text));
  X1_TRY(gate, arguments.descriptor("--gate"));
  X1_TRY(dialer, arguments.descriptor("--dialer"));
  X1_TRY(vault, arguments.descriptor("--vault"));
  X1_TRY(supervisor, arguments.descriptor("--supervisor"));
  X1_TRY(ready, arguments.descriptor("--ready"));
  X1_TRY(credentials, arguments.descriptor("--credentials"));
  X1_TRY(keys_text, arguments.text("--api-keys"));
  X1_TRY(keys_value, wire::parse_json(keys_text));
  X1_TRY(api_keys, policy::key_set_from(keys_value));
  X1_TRY(manifests, arguments.text("--manifests"));
  X1_TRY(journal, arguments.text("--journal"));
  return Startup{.session = std::move(session),
                 .seams = {os::Fd(gate), os::Fd(dialer), os::Fd(vault), os::Fd(supervisor)},
                 .ready = os::Fd(ready),
                 .credentials = os::Fd(credentials),
                 .api_keys = std::move(api_keys),
                 .manifests = std::move(manifests),
                 .journal = journal,
                 .events = journal + ".events"};
}

base::Result<std::vector<policy::Manifest>> read_manifests(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".json") paths.push_back(entry.path().string());
  }
  if (error || paths.size() > most_manifests) {
    return base::Error{base::Code::invalid_manifest, "The folder of manifests can't be read, or holds too many.", ""};
  }
  std::ranges::sort(paths);
  std::vector<policy::Manifest> manifests;
  for (const auto& path : paths) {
    X1_TRY(manifest, read_manifest(path));
    manifests.push_back(std::move(manifest));
  }
  return manifests;
}

base::Result<wire::nkey::Credentials> read_credentials(int fd) {
  X1_TRY(text, os::read_all(fd, 64 * 1024));
  X1_TRY(secret, crypto::Secret::copy_of(base::as_bytes(text)));
  crypto::wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return wire::nkey::credentials_from(secret);
}

base::Status tell_boot_key(int fd, const crypto::PublicKey& key) {
  const auto line = crypto::to_text(key) + "\n";
  if (::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size())) return base::Done{};
  return base::Error{base::Code::unavailable, "Nobody reads that the broker is ready.", ""};
}

}  // namespace x1::broker
