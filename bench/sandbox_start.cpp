// P5: how long a box takes from nothing to `true` having ended, against bubblewrap doing the same, interleaved A B A B
// in one run. Prints medians and their ratio. Usage: sandbox-start-bench X1_INIT [ROUNDS]
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "launch/session_components.hpp"
#include "sandbox/start.hpp"
#include "sandbox/user_namespace.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using Millis = std::chrono::duration<double, std::milli>;

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

// Milliseconds, or a message on stderr and -1.
double one_box(const x1::sandbox::Plan& plan, x1::sandbox::Filters& filters) {
  const auto before = Clock::now();
  auto process = x1::sandbox::start(plan, filters);
  if (!process.ok()) {
    std::cerr << x1::base::describe(process.error()) << '\n';
    return -1;
  }
  const auto status = x1::sandbox::wait(*process, std::chrono::seconds(10));
  if (!status.ok() || *status != 0) {
    std::cerr << "the box ended with " << (status.ok() ? *status : -1) << '\n';
    return -1;
  }
  return Millis(Clock::now() - before).count();
}

double one_bubblewrap() {
  // The same box as far as bubblewrap can make it: all namespaces, the same mounts.
  std::vector<std::string> words{"bwrap",         "--unshare-all", "--die-with-parent",
                                 "--new-session", "--ro-bind",     "/usr",
                                 "/usr",          "--symlink",     "usr/bin",
                                 "/bin",          "--symlink",     "usr/lib",
                                 "/lib",          "--symlink",     "usr/lib64",
                                 "/lib64",        "--proc",        "/proc",
                                 "--dev",         "/dev",          "--tmpfs",
                                 "/tmp",          "--tmpfs",       "/home",
                                 "--bind",        "/var/tmp",      "/workspace",
                                 "--uid",         "1000",          "--gid",
                                 "1000",          "--cap-drop",    "ALL",
                                 "/usr/bin/true"};
  std::vector<char*> argv;
  for (auto& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  std::array<char*, 1> environment{nullptr};
  const auto before = Clock::now();
  pid_t child = -1;
  if (::posix_spawnp(&child, "bwrap", nullptr, nullptr, argv.data(), environment.data()) != 0) return -1;
  int status = 1;
  ::waitpid(child, &status, 0);
  return status == 0 ? Millis(Clock::now() - before).count() : -1;
}

}  // namespace

int main(int argc, char** argv) {
#pragma clang unsafe_buffer_usage begin  // the kernel's argument vector
  const std::vector<std::string> words(argv, argv + argc);
#pragma clang unsafe_buffer_usage end
  if (words.size() < 2) {
    std::cerr << "usage: sandbox-start-bench X1_INIT [ROUNDS]\n";
    return 2;
  }
  const int rounds = words.size() > 2 ? std::max(5, std::atoi(words[2].c_str())) : 200;
  const auto ids = x1::sandbox::enter_user_namespace();
  if (!ids.ok()) {
    std::cerr << x1::base::describe(ids.error()) << '\n';
    return 1;
  }
  std::string folder = "/var/tmp/x1-bench-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) return 1;
  // The very box of an agent, but its network is made with it, as bubblewrap's is.
  namespace launch = x1::launch;
  std::filesystem::create_directories(folder + "/share/providers");
  const auto at = launch::find_installation(folder + "/state", words[1].substr(0, words[1].rfind('/')),
                                            folder + "/share", launch::OutsideIds(*ids));
  if (!at.ok()) {
    std::cerr << x1::base::describe(at.error()) << '\n';
    return 1;
  }
  const launch::SessionFacts session{.id = "bench", .command = {"/usr/bin/true"}, .folder = ""};
  const auto workspace = launch::SessionLayout{at->layout.session(session.id)}.workspace();
  std::filesystem::create_directories(workspace);
  const auto id = launch::agent_id(*at, session);
  if (::chown(workspace.c_str(), id, id) != 0) return 1;
  auto plan = launch::agent_plan(*at, session, {});
  plan.network = x1::sandbox::OwnLoopback{};
  plan.stdio.err = STDERR_FILENO;
  plan.limits = {};

  x1::sandbox::Filters filters;
  std::vector<double> ours;
  std::vector<double> theirs;
  for (int round = 0; round < rounds; ++round) {
    const double a = one_box(plan, filters);
    if (a < 0) return 1;
    ours.push_back(a);
    const double b = one_bubblewrap();
    if (b >= 0) theirs.push_back(b);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  const double a = median(ours);
  const double b = median(theirs);
  std::cout << "{\"name\":\"sandbox_start\",\"rounds\":" << rounds << ",\"x1_ms\":" << a << ",\"bubblewrap_ms\":" << b
            << ",\"ratio\":" << (b > 0 ? a / b : 0) << "}\n";
  return theirs.empty() ? 1 : 0;
}
