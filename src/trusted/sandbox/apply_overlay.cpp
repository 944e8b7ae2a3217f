// A folder of the person's, shown with all changes landing elsewhere.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>
#include <string>

#include "sandbox/apply_mount.hpp"

namespace x1::sandbox {
namespace {

// "/proc/self/fd/N": names a folder without quoting what its path may contain.
struct FdPath {
  std::array<char, 40> text{};
  explicit FdPath(int fd) noexcept {
    constexpr std::string_view start = "/proc/self/fd/";
    start.copy(text.data(), start.size());
    const auto rest = std::span(text).first<39>().subspan<start.size()>();  // the last byte stays zero
    std::to_chars(rest.data(), std::to_address(rest.end()), fd);
  }
};

constexpr const char* staging = ".lower";

// A copy of the lower folder's mount on which its owner is shown as the box's id.
int open_with_owner_changed(const Overlay& overlay, int owner_map) noexcept {
  os::Fd tree(::open_tree(AT_FDCWD, overlay.lower.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW));
  if (!tree) return -1;
  mount_attr attr{};
  attr.attr_set = MOUNT_ATTR_IDMAP;
  attr.userns_fd = static_cast<std::uint64_t>(owner_map);
  if (::mount_setattr(tree.get(), "", AT_EMPTY_PATH, &attr, sizeof attr) != 0) return -1;
  return tree.release();
}

int open_folder(const std::string& path) noexcept {
  return ::open(path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

// The copy must be attached while the overlay takes its own copy of it.
bool stage(int tree, int root) noexcept { return ::mkdirat(root, staging, 0700) == 0 && move_to(tree, root, staging); }

bool unstage(int root) noexcept {
  // umount2 has no form by descriptor, so the staging place is named from the root.
  if (::fchdir(root) != 0 || ::umount2(staging, MNT_DETACH) != 0) return false;
  return ::unlinkat(root, staging, AT_REMOVEDIR) == 0;
}

int overlay_of(int lower, int upper, int work) noexcept {
  const os::Fd context(::fsopen("overlay", FSOPEN_CLOEXEC));
  if (!context) return -1;
  const std::array options{std::pair{"lowerdir", FdPath(lower)}, std::pair{"upperdir", FdPath(upper)},
                           std::pair{"workdir", FdPath(work)}};
  for (const auto& [key, path] : options) {
    if (::fsconfig(context.get(), FSCONFIG_SET_STRING, key, path.text.data(), 0) != 0) return -1;
  }
  // Marks go into user.*: the same in both modes, and readable by whoever applies the changes.
  if (::fsconfig(context.get(), FSCONFIG_SET_FLAG, "userxattr", nullptr, 0) != 0) return -1;
  if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return -1;
  return ::fsmount(context.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

}  // namespace

Failed open_overlay(const Overlay& overlay, Prepared& prepared, std::uint32_t index) noexcept {
  prepared.trees[index] =
      prepared.lower_owner ? open_with_owner_changed(overlay, prepared.lower_owner.get()) : open_folder(overlay.lower);
  prepared.overlay_upper = open_folder(overlay.upper);
  prepared.overlay_work = open_folder(overlay.work);
  const bool all = prepared.trees[index] >= 0 && prepared.overlay_upper >= 0 && prepared.overlay_work >= 0;
  return all ? no_failure : failed(Step::open_sources, index);
}

Failed attach_overlay(const Overlay& overlay, const Prepared& prepared, int root, std::uint32_t index) noexcept {
  const bool staged = static_cast<bool>(prepared.lower_owner);
  const int lower = prepared.trees[index];
  if (staged && !stage(lower, root)) return failed(Step::overlay, index);
  const os::Fd tree(overlay_of(lower, prepared.overlay_upper, prepared.overlay_work));
  if (!tree || !make_target(root, overlay.target, Node::folder)) return failed(Step::overlay, index);
  if (!move_to(tree.get(), root, relative(overlay.target))) return failed(Step::overlay, index);
  if (staged && !unstage(root)) return failed(Step::overlay, index);
  return no_failure;
}

}  // namespace x1::sandbox
