#include "sandbox/child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "sandbox/apply.hpp"

namespace x1::sandbox {
namespace {

Failed execute(const Prepared& prepared) noexcept {
  const auto& plan = *prepared.plan;
  if (::chdir(plan.working_folder.c_str()) != 0) return failed(Step::working_folder);
  if (prepared.executable) {
    ::syscall(SYS_execveat, prepared.executable.get(), "", prepared.argv.data(), prepared.envp.data(), AT_EMPTY_PATH);
  } else {
    ::execve(plan.program.c_str(), prepared.argv.data(), prepared.envp.data());
  }
  return failed(Step::execute);
}

Failed all_steps(Prepared& prepared) noexcept {
  // Limits of the group first: all that follows is counted.
  if (const auto f = apply_cgroup(prepared)) return f;
  // While the machine's /proc is still there: the id maps are written through it after the root has changed.
  const int self = ::open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (self < 0) return failed(Step::id_maps);
  // The network while we still hold its capabilities.
  if (const auto f = apply_network(prepared)) return f;
  if (const auto f = apply_hostname(prepared)) return f;
  // Mounts before the user namespace: they belong to the starter's, so that the box can't change them with any right
  // that it could ever gain in its own.
  if (const auto f = apply_mounts(prepared)) return f;
  // A session of its own, and its terminal, while the descriptors are ours to arrange.
  if (const auto f = apply_descriptors(prepared)) return f;
  if (const auto f = apply_session(prepared)) return f;
  // rlimits before the id changes: some are raised up to the hard limit.
  if (const auto f = apply_limits(prepared)) return f;
  // The id, then the user namespace in which it is alone.
  if (const auto f = apply_identity(prepared, self)) return f;
  // Capabilities last: every step above needs one; the program needs none.
  if (const auto f = apply_capabilities(prepared)) return f;
  // After the last change of credentials, which would undo it.
  if (const auto f = apply_parent(prepared)) return f;
  return execute(prepared);
}

}  // namespace

void run_child(Prepared& prepared) noexcept {
  // The starter's mask and its ignored signals are not the program's.
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);

  const Failed failure = all_steps(prepared);
  std::array<unsigned char, 1 + sizeof failure> message{'F'};
  std::memcpy(std::span(message).subspan(1).data(), &failure, sizeof failure);
  [[maybe_unused]] const auto sent = ::send(prepared.status.get(), message.data(), message.size(), MSG_NOSIGNAL);
  ::_exit(120);
}

}  // namespace x1::sandbox
