// Who the box is: no groups, its own id outside, and a user namespace in which that id is alone. Then no capabilities.
#include <fcntl.h>
#include <grp.h>
#include <linux/securebits.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <signal.h>

#include <string>
#include <string_view>

#include "sandbox/apply.hpp"
#include "seal/process.hpp"

namespace x1::sandbox {
namespace {

bool write_once(int folder, const char* name, std::string_view text) noexcept {
  const os::Fd file(::openat(folder, name, O_WRONLY | O_CLOEXEC));
  return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

}  // namespace

Failed apply_identity(const Prepared& prepared, int self) noexcept {
  const auto& plan = *prepared.plan;
  // The system calls themselves: the C library's functions would ask the starter's other threads to follow.
  if (::syscall(SYS_setgroups, 0, nullptr) != 0) return failed(Step::groups);
  // Keep the capabilities over the change: a machine may forbid user namespaces to those without.
  if (::prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) != 0) return failed(Step::identity);
  const auto gid = plan.identity.outside_gid;
  const auto uid = plan.identity.outside_uid;
  if (::syscall(SYS_setresgid, gid, gid, gid) != 0) return failed(Step::identity);
  if (::syscall(SYS_setresuid, uid, uid, uid) != 0) return failed(Step::identity);
  if (plan.weaknesses.user_namespace) return no_failure;

  if (::unshare(CLONE_NEWUSER) != 0) return failed(Step::user_namespace);
  // The change of id made /proc/self root's; for the moment of writing the maps it must be our own.
  if (::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0) return failed(Step::id_maps);
  // An id may map itself without help as long as setgroups is given up, which is wanted anyway.
  if (!write_once(self, "setgroups", "deny")) return failed(Step::id_maps);
  if (!write_once(self, "uid_map", prepared.id_map_uid)) return failed(Step::id_maps);
  if (!write_once(self, "gid_map", prepared.id_map_gid)) return failed(Step::id_maps);
  return no_failure;
}

Failed apply_capabilities(const Prepared& prepared) noexcept {
  if (prepared.plan->weaknesses.capability_drop) return no_failure;
  return seal::drop_capabilities().ok() ? no_failure : failed(Step::capabilities);
}

Failed apply_parent(const Prepared& prepared) noexcept {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return failed(Step::parent);
  // The starter may have ended before that.
  pollfd starter{.fd = prepared.starter.get(), .events = POLLIN, .revents = 0};
  if (::poll(&starter, 1, 0) < 0) return failed(Step::parent);
  if (starter.revents != 0) ::_exit(120);
  return no_failure;
}

}  // namespace x1::sandbox
