#include "launch/sealed_reader.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <variant>
#include <vector>

#include "launch/wires.hpp"
#include "seal/landlock.hpp"
#include "seal/process.hpp"

namespace x1::launch {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;
constexpr auto last_patience = 1s;

using Watched = asio::posix::stream_descriptor;

// All that comes, until the end of the pipe.
asio::awaitable<base::Result<std::string>> collect(Watched& pipe, std::size_t max_bytes) {
  std::string text;
  std::vector<char> buffer(64 * 1024);
  for (;;) {
    const auto [error, got] = co_await pipe.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
    text.append(buffer.data(), got);
    if (text.size() > max_bytes) {
      co_return base::Error{base::Code::too_large, "The workspace's changes are larger than can be shown or applied.",
                            "apply fewer or smaller files"};
    }
    if (error == asio::error::eof) co_return text;
    if (error) co_return base::Error{base::Code::storage_failed, "Reading the workspace failed.", ""};
  }
}

// The exit status of `child`, reaped.
asio::awaitable<int> end_of(Watched& pidfd, pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0)
    static_cast<void>(co_await pidfd.async_wait(Watched::wait_read, asio::as_tuple(asio::use_awaitable)));
  co_return status;
}

asio::awaitable<void> passing_of(std::chrono::milliseconds patience) {
  asio::steady_timer timer(co_await asio::this_coro::executor, patience);
  static_cast<void>(co_await timer.async_wait(asio::as_tuple(asio::use_awaitable)));
}

// What the child wrote before it ended well.
asio::awaitable<base::Result<std::string>> words_of(Watched& pipe, Watched& pidfd, pid_t child, std::size_t max_bytes) {
  auto text = co_await collect(pipe, max_bytes);
  if (!text.ok()) co_return text;
  const int status = co_await end_of(pidfd, child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) co_return text;
  co_return base::Error{base::Code::storage_failed, "The workspace could not be read.", "see x1 doctor"};
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
  X1_TRY(filter, seal::compile(seal::Profile::reader));
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
  // The folder by its descriptor: what its path names may have been exchanged meanwhile.
  const seal::LandlockRules rules{.read = {"/proc/self/fd/" + std::to_string(folder_.get())}};
  if (!seal::apply_landlock(rules).ok()) ::_exit(2);
  if (!seal::drop_capabilities().ok() || !seal::forbid_dumping().ok()) ::_exit(2);
  if (!seal::load(filter_).ok()) ::_exit(2);
  ::_exit(task(folder_.get(), pipe) ? 0 : 1);
}

asio::awaitable<base::Result<std::string>> SealedReader::run(Task task, std::size_t max_bytes,
                                                             std::chrono::milliseconds patience) const {
  auto pipe = make_pipe();
  if (!pipe.ok()) co_return std::move(pipe).error();
  const pid_t child = ::fork();
  if (child < 0) co_return base::Error{base::Code::unavailable, "No process can be started.", "end some processes"};
  if (child == 0) be_child(task, pipe->write.get());
  pipe->write = os::Fd();
  const auto executor = co_await asio::this_coro::executor;
  Watched words(executor, pipe->read.release());
  // It is not reaped before we do it, so its number is still its own.
  os::Fd opened(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  if (!opened) {
    ::kill(child, SIGKILL);
    co_return base::Error{base::Code::unavailable, "No descriptor is left to watch the reader.", ""};
  }
  Watched pidfd(executor, opened.release());
  auto outcome = co_await (words_of(words, pidfd, child, max_bytes) || passing_of(patience));
  if (auto* text = std::get_if<0>(&outcome); text != nullptr && text->ok()) co_return std::move(*text);
  ::kill(child, SIGKILL);
  // One that even this does not end hangs in the kernel: it is left to the end of the platform.
  static_cast<void>(co_await (end_of(pidfd, child) || passing_of(last_patience)));
  if (auto* text = std::get_if<0>(&outcome)) co_return std::move(*text);
  co_return base::Error{base::Code::timed_out, "Reading the workspace took too long.", "try again with fewer files"};
}

}  // namespace x1::launch
