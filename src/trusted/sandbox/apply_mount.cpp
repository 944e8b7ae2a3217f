#include "sandbox/apply_mount.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>
#include <variant>

namespace x1::sandbox {
namespace {

constexpr unsigned empty_path = AT_EMPTY_PATH;
constexpr std::uint64_t never_suid_nor_devices = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

// A number as text without allocating; octal for modes.
struct NumberText {
  std::array<char, 24> text{};
  explicit NumberText(std::uint64_t value, int number_base = 10) noexcept {
    const auto room = std::span(text).first<23>();  // the last byte stays zero
    std::to_chars(room.data(), std::to_address(room.end()), value, number_base);
  }
  [[nodiscard]] const char* c_str() const noexcept { return text.data(); }
};

bool set_option(int context, const char* key, const char* value) noexcept {
  return ::fsconfig(context, FSCONFIG_SET_STRING, key, value, 0) == 0;
}

Failed open_bind(const std::string& source, std::uint64_t attributes, bool optional, Prepared& prepared,
                 std::uint32_t index) noexcept {
  // Recursive, because mounts below may be locked to what they cover.
  const int tree = ::open_tree(AT_FDCWD, source.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  if (tree < 0) return optional && errno == ENOENT ? no_failure : failed(Step::open_sources, index);
  prepared.trees[index] = tree;
  mount_attr attr{};
  attr.attr_set = attributes;
  if (::mount_setattr(tree, "", empty_path | AT_RECURSIVE, &attr, sizeof attr) != 0) return failed(Step::bind, index);
  return no_failure;
}

Failed attach_bind(const std::string& target, const Prepared& prepared, int root, std::uint32_t index) noexcept {
  const int tree = prepared.trees[index];
  if (tree < 0) return no_failure;  // optional, not there
  struct stat about{};
  if (::fstat(tree, &about) != 0) return failed(Step::bind, index);
  if (!make_target(root, target, S_ISDIR(about.st_mode) ? Node::folder : Node::file)) return failed(Step::bind, index);
  return move_to(tree, root, relative(target)) ? no_failure : failed(Step::bind, index);
}

Failed attach_tmpfs(const Tmpfs& mount, const Prepared& prepared, int root, std::uint32_t index) noexcept {
  const auto& identity = prepared.plan->identity;
  const os::Fd tree(
      make_tmpfs({.bytes = mount.bytes, .mode = mount.mode, .uid = identity.outside_uid, .gid = identity.outside_gid}));
  if (!tree || !make_target(root, mount.target, Node::folder)) return failed(Step::tmpfs, index);
  return move_to(tree.get(), root, relative(mount.target)) ? no_failure : failed(Step::tmpfs, index);
}

Failed attach_proc(const Prepared& prepared, int root, std::uint32_t index) noexcept {
  const os::Fd context(::fsopen("proc", FSOPEN_CLOEXEC));
  if (!context) return failed(Step::proc, index);
  // Process entries only: /proc/sys, /proc/kcore and the like do not exist inside.
  if (!set_option(context.get(), "subset", "pid")) return failed(Step::proc, index);
  if (!prepared.plan->weaknesses.pid_namespace && !set_option(context.get(), "hidepid", "invisible")) {
    return failed(Step::proc, index);
  }
  if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return failed(Step::proc, index);
  const os::Fd tree(
      ::fsmount(context.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
  if (!tree || !make_target(root, "/proc", Node::folder)) return failed(Step::proc, index);
  return move_to(tree.get(), root, "proc") ? no_failure : failed(Step::proc, index);
}

Failed attach_file(const File& file, int root, std::uint32_t index) noexcept {
  if (!make_target(root, file.target, Node::file)) return failed(Step::files, index);
  const os::Fd opened(::openat(root, relative(file.target), O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC));
  if (!opened) return failed(Step::files, index);
  const auto written = ::write(opened.get(), file.content.data(), file.content.size());
  if (written != static_cast<ssize_t>(file.content.size())) return failed(Step::files, index);
  return no_failure;
}

Failed attach_symlink(const Symlink& link, int root, std::uint32_t index) noexcept {
  const auto slash = link.target.rfind('/');
  if (slash != 0 && !make_target(root, link.target, Node::folder)) return failed(Step::files, index);
  // make_target made the last part too; a link stands in its place.
  if (slash != 0 && ::unlinkat(root, relative(link.target), AT_REMOVEDIR) != 0) return failed(Step::files, index);
  return ::symlinkat(link.to.c_str(), root, relative(link.target)) == 0 ? no_failure : failed(Step::files, index);
}

}  // namespace

const char* relative(const std::string& target) noexcept { return std::span(target).subspan(1).data(); }

bool make_target(int root, const std::string& target, Node node) noexcept {
  std::array<char, PATH_MAX> path{};
  if (target.size() >= path.size()) {
    errno = ENAMETOOLONG;
    return false;
  }
  // "a/b/c" is made as "a", "a/b", "a/b/c".
  for (std::size_t at = 1; at <= target.size(); ++at) {
    const bool last = at == target.size();
    if (!last && target[at] != '/') {
      path[at - 1] = target[at];
      continue;
    }
    path[at - 1] = '\0';
    if (last && node == Node::file) {
      const os::Fd made(::openat(root, path.data(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644));
      return static_cast<bool>(made);
    }
    if (::mkdirat(root, path.data(), 0755) != 0 && errno != EEXIST) return false;
    path[at - 1] = '/';
  }
  return true;
}

bool move_to(int tree, int folder, const char* path) noexcept {
  return ::move_mount(tree, "", folder, path, MOVE_MOUNT_F_EMPTY_PATH) == 0;
}

int make_tmpfs(const TmpfsOptions& options) noexcept {
  const os::Fd context(::fsopen("tmpfs", FSOPEN_CLOEXEC));
  if (!context) return -1;
  const int fd = context.get();
  if (!set_option(fd, "size", NumberText(options.bytes).c_str())) return -1;
  if (!set_option(fd, "mode", NumberText(options.mode, 8).c_str())) return -1;
  if (!set_option(fd, "uid", NumberText(options.uid).c_str())) return -1;
  if (!set_option(fd, "gid", NumberText(options.gid).c_str())) return -1;
  if (::fsconfig(fd, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return -1;
  return ::fsmount(fd, FSMOUNT_CLOEXEC, never_suid_nor_devices);
}

Failed open_source(const Mount& mount, Prepared& prepared, std::uint32_t index) noexcept {
  if (const auto* bind = std::get_if<ReadOnlyBind>(&mount)) {
    return open_bind(bind->source, never_suid_nor_devices | MOUNT_ATTR_RDONLY, bind->optional, prepared, index);
  }
  if (const auto* bind = std::get_if<ReadWriteBind>(&mount)) {
    return open_bind(bind->source, never_suid_nor_devices, false, prepared, index);
  }
  if (const auto* overlay = std::get_if<Overlay>(&mount)) return open_overlay(*overlay, prepared, index);
  return no_failure;
}

Failed attach(const Mount& mount, const Prepared& prepared, int root, std::uint32_t index) noexcept {
  if (const auto* bind = std::get_if<ReadOnlyBind>(&mount)) return attach_bind(bind->target, prepared, root, index);
  if (const auto* bind = std::get_if<ReadWriteBind>(&mount)) return attach_bind(bind->target, prepared, root, index);
  if (const auto* tmpfs = std::get_if<Tmpfs>(&mount)) return attach_tmpfs(*tmpfs, prepared, root, index);
  if (const auto* overlay = std::get_if<Overlay>(&mount)) return attach_overlay(*overlay, prepared, root, index);
  if (const auto* devices = std::get_if<Devices>(&mount)) return attach_devices(*devices, root, index);
  if (std::holds_alternative<Proc>(mount)) return attach_proc(prepared, root, index);
  if (const auto* file = std::get_if<File>(&mount)) return attach_file(*file, root, index);
  if (const auto* folder = std::get_if<Folder>(&mount)) {
    return make_target(root, folder->target, Node::folder) ? no_failure : failed(Step::files, index);
  }
  if (const auto* link = std::get_if<Symlink>(&mount)) return attach_symlink(*link, root, index);
  return no_failure;
}

}  // namespace x1::sandbox
