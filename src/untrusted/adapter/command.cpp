#include "adapter/command.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/encoding.hpp"

namespace x1::adapter {
namespace {

constexpr int cannot_execute = 127;

base::Error failed(std::string_view what) {
  return {base::Code::unavailable, std::string(what) + ": " + std::strerror(errno) + ".", ""};
}

struct Pipe {
  os::Fd read;
  os::Fd write;
};
base::Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failed("No pipe could be made");
  return Pipe{os::Fd(ends[0]), os::Fd(ends[1])};
}

// In the child, between fork and exec: nothing that allocates.
[[noreturn]] void become(char* const* argv, int input, int output) {
  ::setpgid(0, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::execvp(*argv, argv);
  ::_exit(cannot_execute);
}

// How many bytes of `text` are one well-formed character; 0: none.
std::size_t character(std::string_view text) noexcept {
  for (std::size_t size = 1; size <= 4 && size <= text.size(); ++size)
    if (base::is_utf8(text.substr(0, size))) return size;
  return 0;
}

}  // namespace

std::string as_utf8(std::string_view text) {
  if (base::is_utf8(text)) return std::string(text);
  std::string out;
  while (!text.empty()) {
    const auto size = character(text);
    out.append(size == 0 ? "\xef\xbf\xbd" : text.substr(0, size));
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

base::Result<Command> Command::start(const std::vector<std::string>& words, std::string message) {
  X1_TRY(in, make_pipe());
  X1_TRY(out, make_pipe());
  std::vector<std::string> copies(words);
  std::vector<char*> argv;
  for (auto& word : copies)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0) return failed("The command could not be started");
  if (pid == 0) become(argv.data(), in.read.get(), out.write.get());
  ::setpgid(pid, pid);
  ::fcntl(in.write.get(), F_SETFL, O_NONBLOCK);
  ::fcntl(out.read.get(), F_SETFL, O_NONBLOCK);
  return Command(pid, std::move(in.write), std::move(out.read), std::move(message));
}

Command::~Command() {
  if (pid_.number == 0) return;
  ::kill(-pid_.number, SIGKILL);
  if (!reaped_) ::waitpid(pid_.number, nullptr, 0);
}

void Command::feed() {
  const auto written = message_.empty() ? 0 : ::write(input_.get(), message_.data(), message_.size());
  if (written < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (written > 0) message_.erase(0, static_cast<std::size_t>(written));
  if (written <= 0 || message_.empty()) input_ = os::Fd();
}

std::string Command::take() {
  std::array<char, max_output_bytes> buffer{};
  const auto got = ::read(output_.get(), buffer.data(), buffer.size() - held_.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  if (got > 0) held_.append(buffer.data(), static_cast<std::size_t>(got));
  if (got <= 0) output_ = os::Fd();
  const auto newline = held_.rfind('\n');
  const bool all = got <= 0 || held_.size() == max_output_bytes;
  const auto size = newline != held_.npos && got > 0 ? newline + 1 : (all ? held_.size() : 0);
  auto text = as_utf8(std::string_view(held_).substr(0, size));
  held_.erase(0, size);
  return text;
}

std::optional<int> Command::ended() {
  int status = 0;
  if (reaped_ || ::waitpid(pid_.number, &status, WNOHANG) != pid_.number) return std::nullopt;
  reaped_ = true;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace x1::adapter
