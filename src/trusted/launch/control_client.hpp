// ControlClient: how `x1` talks to a running supervisor, over STATE/run/control.sock. Blocking, with deadlines.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "crypto/signing.hpp"
#include "launch/control_frames.hpp"
#include "launch/workspace.hpp"
#include "os/fd.hpp"
#include "seam/codec.hpp"

namespace x1::launch {

class ControlClient {
 public:
  // Fails with unavailable when the platform of this state folder does not run.
  [[nodiscard]] static base::Result<ControlClient> connect(const std::string& state);

  [[nodiscard]] base::Result<control::Status> status();
  // The owner's bearer for the REST interface, and how long it is good for.
  [[nodiscard]] base::Result<control::Bearer> bearer();
  // A link that lets the owner's browser in once, and how long it can be used.
  [[nodiscard]] base::Result<control::Bearer> link();
  // The key of the session's broker. Fails with not_found when no such session runs.
  [[nodiscard]] base::Result<crypto::PublicKey> boot_key(const std::string& session);
  // Has another key sign for the API. With `revoke_old` no earlier one is believed for anything any more.
  [[nodiscard]] base::Result<control::Rotated> rotate_keys(bool revoke_old);
  // Asks it to end, and waits until it has (at most a minute).
  [[nodiscard]] base::Status stop();
  // The agent of this session, which must not have started yet, gets `terminal` (a pty's slave side) as its own. The
  // caller keeps its descriptor and may close it.
  [[nodiscard]] base::Status attach_terminal(const std::string& session, int terminal);
  // Lays the folder behind this descriptor (O_DIRECTORY) open to the session's agent, as an overlay. Must come before
  // the session starts: a workspace that was not handed over here is refused, whatever the API says.
  [[nodiscard]] base::Status share_folder(const std::string& session, int folder);
  // What the session's agent changed in the person's folder, whether it still runs or not; by path. At most 10,000.
  [[nodiscard]] base::Result<std::vector<Change>> workspace_changes(const std::string& session);
  // Writes these changes to the person's folder. Nothing is written through a link, or outside the folder. Returns how
  // many were applied.
  [[nodiscard]] base::Result<std::uint32_t> apply_changes(const std::string& session,
                                                          const std::vector<std::string>& paths);

 private:
  explicit ControlClient(os::Fd socket) : socket_(std::move(socket)) {}
  [[nodiscard]] base::Result<control::FromSupervisor> ask(const control::ToSupervisor& question, int fd = -1);
  os::Fd socket_;
  seam::Framer framer_;
};

}  // namespace x1::launch
