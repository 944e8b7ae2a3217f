#include "launch/control_client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <chrono>

#include "launch/layout.hpp"
#include "launch/wires.hpp"
#include "os/socket.hpp"

namespace x1::launch {
namespace {

using namespace std::chrono_literals;
using base::Code;
using base::Error;

// A question may wait for the platform's start, which has deadlines of its own.
constexpr auto control_patience = 60s;

template <class Wanted>
base::Result<Wanted> expect(base::Result<control::FromSupervisor> reply) {
  if (!reply.ok()) return std::move(reply).error();
  if (auto* refused = std::get_if<control::Refused>(&*reply)) {
    return Error{refused->code, std::move(refused->message), std::move(refused->next)};
  }
  if (auto* wanted = std::get_if<Wanted>(&*reply)) return std::move(*wanted);
  return Error{Code::internal, "The supervisor answered something else.", "stop and start the platform"};
}

}  // namespace

base::Result<ControlClient> ControlClient::connect(const std::string& state) {
  auto socket = connect_local(Layout(state).run(), "control.sock");
  if (!socket.ok()) return Error{Code::unavailable, "The platform does not run.", "start it: x1 up"};
  return ControlClient(std::move(*socket));
}

base::Result<control::FromSupervisor> ControlClient::ask(const control::ToSupervisor& question, int fd) {
  auto frame = seam::encode_frame(question);
  X1_TRY(sent, os::send_with_fd(socket_.get(), frame, fd));
  const auto end = std::chrono::steady_clock::now() + control_patience;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd waiting{socket_.get(), POLLIN, 0};
    if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) == 0) {
      return Error{Code::timed_out, "The supervisor did not answer in time.",
                   "look into log/supervisor.log of the state"};
    }
    X1_TRY(received, os::receive_with_fd(socket_.get(), 64 * 1024));
    if (received.bytes.empty()) {
      return Error{Code::unavailable, "The platform ended before it answered.",
                   "look into log/supervisor.log of the state folder"};
    }
    X1_TRY(frames, framer_.feed(received.bytes));
    if (!frames.empty()) return seam::decode_frame<control::FromSupervisor>(frames.front());
  }
}

base::Result<control::Status> ControlClient::status() { return expect<control::Status>(ask(control::AskStatus{})); }

base::Result<control::Bearer> ControlClient::bearer() { return expect<control::Bearer>(ask(control::AskBearer{})); }

base::Result<control::Bearer> ControlClient::link() { return expect<control::Bearer>(ask(control::AskLink{})); }

base::Result<crypto::PublicKey> ControlClient::boot_key(const std::string& session) {
  X1_TRY(answer, expect<control::BootKey>(ask(control::AskBootKey{session})));
  return crypto::public_key_from_text(answer.key);
}

base::Result<control::Rotated> ControlClient::rotate_keys(bool revoke_old) {
  return expect<control::Rotated>(ask(control::RotateKeys{revoke_old}));
}

base::Status ControlClient::stop() {
  // Watched by descriptor, from before it is asked: its end is the end of the last process and of the lock.
  X1_TRY(supervisor, os::peer_of(socket_.get()));
  const os::Fd watched(static_cast<int>(::syscall(SYS_pidfd_open, supervisor.pid, 0)));
  X1_TRY(accepted, expect<control::Accepted>(ask(control::Stop{})));
  pollfd waiting{watched ? watched.get() : socket_.get(), POLLIN, 0};
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(control_patience).count();
  if (::poll(&waiting, 1, static_cast<int>(milliseconds)) == 0) {
    return Error{Code::timed_out, "The platform did not end in time.", "look into log/supervisor.log of the state"};
  }
  return base::Done{};
}

base::Status ControlClient::attach_terminal(const std::string& session, int terminal) {
  X1_TRY(accepted, expect<control::Accepted>(ask(control::AttachTerminal{session}, terminal)));
  return base::Done{};
}

base::Status ControlClient::share_folder(const std::string& session, int folder) {
  X1_TRY(accepted, expect<control::Accepted>(ask(control::ShareFolder{session}, folder)));
  return base::Done{};
}

base::Result<std::vector<Change>> ControlClient::workspace_changes(const std::string& session) {
  X1_TRY(changes, expect<control::Changes>(ask(control::AskChanges{session})));
  std::vector<Change> all;
  for (auto& file : changes.files) {
    if (file.kind > static_cast<std::uint8_t>(ChangeKind::refused)) {
      return Error{Code::internal, "The supervisor named an unknown kind of change.", ""};
    }
    all.push_back(
        {std::move(file.path), static_cast<ChangeKind>(file.kind), file.bytes, file.executable, file.runs_by_itself});
  }
  return all;
}

base::Result<std::uint32_t> ControlClient::apply_changes(const std::string& session,
                                                         const std::vector<std::string>& paths) {
  X1_TRY(accepted, expect<control::Accepted>(ask(control::ApplyChanges{session, paths})));
  return accepted.count;
}

}  // namespace x1::launch
