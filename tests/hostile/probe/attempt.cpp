#include "attempt.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace x1::probe {
namespace {

constexpr unsigned seconds_for_one = 3;
constexpr int code_refused = 10;
constexpr int code_got_through = 11;

[[noreturn]] void act_and_tell(const Attempt& attempt, int pipe) {
  ::alarm(seconds_for_one);
  const Outcome outcome = attempt.act();
  [[maybe_unused]] const auto written = ::write(pipe, outcome.detail.data(), outcome.detail.size());
  ::_exit(outcome.refused ? code_refused : code_got_through);
}

}  // namespace

Outcome by_result(long result) {
  if (result >= 0) return got_through("succeeded with " + std::to_string(result));
  return refused(std::generic_category().message(errno));
}

Outcome run(const Attempt& attempt) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return got_through("the probe has no pipe: nothing was tried");
  const pid_t child = ::fork();
  if (child < 0) return got_through("the probe can't fork: nothing was tried");
  if (child == 0) act_and_tell(attempt, pipe[1]);
  ::close(pipe[1]);
  std::array<char, 512> text{};
  const auto got = ::read(pipe[0], text.data(), text.size());
  ::close(pipe[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  std::string detail(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  if (WIFSIGNALED(status)) return refused("killed by signal " + std::to_string(WTERMSIG(status)));
  if (WEXITSTATUS(status) == code_refused) return refused(detail);
  if (WEXITSTATUS(status) == code_got_through) return got_through(detail);
  return got_through("ended with " + std::to_string(WEXITSTATUS(status)));
}

std::string text_of(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  std::string text(64 * 1024, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto got = ::read(fd, &text[size], text.size() - size);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  ::close(fd);
  text.resize(size);
  return text;
}

}  // namespace x1::probe
