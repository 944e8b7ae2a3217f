// The file tree: an empty root, what the plan lists on it, and the machine's own tree gone. Uses the mount interface by
// descriptors (kernel 5.12): a source is opened once, changed while detached, then attached.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <variant>

#include "sandbox/apply.hpp"
#include "sandbox/apply_mount.hpp"

namespace x1::sandbox {
namespace {

Failed open_sources(Prepared& prepared) noexcept {
  std::uint32_t index = 0;
  for (const auto& mount : prepared.plan->mounts) {
    if (const auto f = open_source(mount, prepared, index)) return f;
    ++index;
  }
  return no_failure;
}

Failed attach_all(const Prepared& prepared, int root) noexcept {
  std::uint32_t index = 0;
  for (const auto& mount : prepared.plan->mounts) {
    if (const auto f = attach(mount, prepared, root, index)) return f;
    ++index;
  }
  return no_failure;
}

Failed change_root(int root) noexcept {
  if (::fchdir(root) != 0) return failed(Step::pivot);
  // The old root is put on top of the new one, then taken off: no folder for it is needed.
  if (::syscall(SYS_pivot_root, ".", ".") != 0) return failed(Step::pivot);
  if (::umount2(".", MNT_DETACH) != 0) return failed(Step::pivot);
  if (::chdir("/") != 0) return failed(Step::pivot);
  mount_attr read_only{};
  read_only.attr_set = MOUNT_ATTR_RDONLY;
  if (::mount_setattr(AT_FDCWD, "/", 0, &read_only, sizeof read_only) != 0) return failed(Step::read_only_root);
  return no_failure;
}

}  // namespace

Failed apply_mounts(Prepared& prepared) noexcept {
  if (prepared.plan->weaknesses.mount_namespace) return no_failure;
  // First: nothing of what follows may show up outside, nor anything mounted outside later show up here.
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return failed(Step::private_mounts);
  // Sources before the new root hides the folder that it stands on.
  if (const auto f = open_sources(prepared)) return f;
  const os::Fd root(make_tmpfs(root_tmpfs));
  if (!root || !move_to(root.get(), AT_FDCWD, "/tmp")) return failed(Step::root);
  if (const auto f = attach_all(prepared, root.get())) return f;
  // Last: after this no path of the machine can be named.
  return change_root(root.get());
}

}  // namespace x1::sandbox
