#include "init/run_command.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace x1::init {
namespace {

// Those that a person or a supervisor sends on purpose.
constexpr std::array passed_on{SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH};

sigset_t watched() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : passed_on)
    ::sigaddset(&set, signal);
  ::sigaddset(&set, SIGCHLD);
  return set;
}

// A process group of its own, in front on the terminal if there is one: Ctrl-C reaches the command and not us.
void take_terminal() {
  ::setpgid(0, 0);
  ::signal(SIGTTOU, SIG_IGN);
  ::tcsetpgrp(STDIN_FILENO, ::getpid());
  ::signal(SIGTTOU, SIG_DFL);
}

[[noreturn]] void execute(std::vector<std::string>& command, const sigset_t& mask_before,
                          const std::function<void(const std::string&)>& on_failure) {
  std::vector<char*> argv;
  for (auto& word : command)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  take_terminal();
  ::sigprocmask(SIG_SETMASK, &mask_before, nullptr);
  ::execvp(argv.front(), argv.data());
  on_failure(command.front() + " could not be executed: " + std::generic_category().message(errno));
  ::_exit(127);
}

// Takes every child that has ended. True when the command was among them; its status is in `out`.
bool reap(pid_t command, int& out) {
  int status = 0;
  for (pid_t ended = ::waitpid(-1, &status, WNOHANG); ended > 0; ended = ::waitpid(-1, &status, WNOHANG)) {
    if (ended != command) continue;
    out = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
  }
  return false;
}

}  // namespace

int run_command(std::vector<std::string> command, int report,
                const std::function<void(const std::string&)>& on_failure) {
  const sigset_t signals = watched();
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &signals, &before);
  const pid_t child = ::fork();
  if (child < 0) {
    on_failure("The command could not be started: " + std::generic_category().message(errno));
    return 127;
  }
  if (child == 0) execute(command, before, on_failure);
  if (report >= 0) ::close(report);

  int status = 0;
  while (!reap(child, status)) {
    siginfo_t info{};
    const int signal = ::sigwaitinfo(&signals, &info);
    if (signal > 0 && signal != SIGCHLD) ::kill(child, signal);
  }
  return status;
}

}  // namespace x1::init
