#include "seal/process.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string>

using namespace x1::seal;

namespace {

std::string status_line(const std::string& key) {
  std::ifstream lines("/proc/self/status");
  std::string line;
  while (std::getline(lines, line)) {
    if (line.starts_with(key)) return line.substr(line.find_last_of(" \t") + 1);
  }
  return {};
}

}  // namespace

TEST_CASE("a sealed process keeps the listed descriptors, and no right") {
  const pid_t child = ::fork();
  if (child == 0) {
    const int kept = ::fcntl(0, F_DUPFD, 50);
    const int lost = ::fcntl(0, F_DUPFD, 60);
    const std::array keep{0, 1, 2, kept};
    if (!seal_process(keep).ok()) ::_exit(1);
    if (::fcntl(kept, F_GETFD) < 0) ::_exit(2);
    if (::fcntl(lost, F_GETFD) >= 0) ::_exit(3);
    if (::prctl(PR_GET_DUMPABLE) != 0) ::_exit(4);
    if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) ::_exit(5);
    for (const auto* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
      if (status_line(set) != "0000000000000000") ::_exit(6);
    }
    // Root may empty the bounding set; others rely on no_new_privs.
    if (::geteuid() == 0 && status_line("CapBnd") != "0000000000000000") ::_exit(7);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 0);
}
