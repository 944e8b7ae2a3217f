#include "launch/sealed_reader.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstring>

#include "launch/wires.hpp"
#include "seal/process.hpp"

namespace x1::launch {
namespace {

using namespace std::chrono_literals;
constexpr auto patience = 10s;

// Reads until the end of the pipe, or until the patience is over.
base::Result<std::string> read_in_time(int pipe, std::size_t max_bytes) {
  const auto end = std::chrono::steady_clock::now() + patience;
  std::string text;
  std::array<char, 64 * 1024> buffer{};
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd waiting{pipe, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) == 0) {
      return base::Error{base::Code::timed_out, "Reading the workspace took too long.", "try again with fewer files"};
    }
    const auto got = ::read(pipe, buffer.data(), buffer.size());
    if (got == 0) return text;
    if (got < 0 && errno != EINTR) return base::Error{base::Code::storage_failed, "Reading the workspace failed.", ""};
    if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > max_bytes) {
      return base::Error{base::Code::too_large, "The workspace's changes are larger than can be shown or applied.",
                         "apply fewer or smaller files"};
    }
  }
}

}  // namespace

bool write_whole(int pipe, std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const auto wrote = ::write(pipe, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

base::Result<SealedReader> SealedReader::for_folder(const std::string& folder, std::uint32_t owner) {
  os::Fd opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!opened) {
    return base::Error{base::Code::not_found, "The session has no changes to a folder of yours.", ""};
  }
  X1_TRY(filter, seal::compile(seal::Profile::vault));
  return SealedReader(std::move(opened), owner, std::move(filter));
}

void SealedReader::be_child(const Task& task, int pipe) const {
  const std::array keep{folder_.get(), pipe};
  // A failure anywhere ends it before it has read a byte.
  if (!seal::close_all_but(keep).ok() || !seal::die_with_parent().ok()) ::_exit(2);
  if (::unshare(CLONE_NEWNET | CLONE_NEWIPC) != 0) ::_exit(2);
  if (::setgroups(0, nullptr) != 0 || ::setresgid(owner_, owner_, owner_) != 0 ||
      ::setresuid(owner_, owner_, owner_) != 0) {
    ::_exit(2);
  }
  if (!seal::drop_capabilities().ok() || !seal::forbid_dumping().ok()) ::_exit(2);
  if (!seal::load(filter_).ok()) ::_exit(2);
  ::_exit(task(folder_.get(), pipe) ? 0 : 1);
}

base::Result<std::string> SealedReader::run(const Task& task, std::size_t max_bytes) const {
  X1_TRY(pipe, make_pipe());
  const pid_t child = ::fork();
  if (child < 0) return base::Error{base::Code::unavailable, "No process can be started.", "end some processes"};
  if (child == 0) be_child(task, pipe.write.get());
  pipe.write = os::Fd();
  auto text = read_in_time(pipe.read.get(), max_bytes);
  if (!text.ok()) ::kill(child, SIGKILL);  // not reaped yet, so the number is still its own
  int status = 0;
  static_cast<void>(::waitpid(child, &status, 0));
  if (!text.ok()) return text;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return base::Error{base::Code::storage_failed, "The workspace could not be read.", "see x1 doctor"};
  }
  return text;
}

}  // namespace x1::launch
