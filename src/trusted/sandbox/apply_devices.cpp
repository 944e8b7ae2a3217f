// /dev: the six harmless nodes of the machine, bound; links that programs expect; an own devpts when asked for.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string>

#include "sandbox/apply_mount.hpp"

namespace x1::sandbox {
namespace {

struct Link {
  const char* name;
  const char* to;
};

constexpr std::array nodes{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"};
constexpr std::array links{Link{"dev/fd", "/proc/self/fd"}, Link{"dev/stdin", "/proc/self/fd/0"},
                           Link{"dev/stdout", "/proc/self/fd/1"}, Link{"dev/stderr", "/proc/self/fd/2"},
                           Link{"dev/shm", "/tmp"}};
constexpr std::string_view root_slash = "/";

bool attach_node(const char* path, int root) noexcept {
  const os::Fd tree(::open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!tree) return false;
  mount_attr attr{};
  attr.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
  if (::mount_setattr(tree.get(), "", AT_EMPTY_PATH, &attr, sizeof attr) != 0) return false;
  const char* inside = std::string_view(path).substr(root_slash.size()).data();
  const os::Fd place(::openat(root, inside, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  return place && move_to(tree.get(), root, inside);
}

bool attach_terminals(int root) noexcept {
  const os::Fd context(::fsopen("devpts", FSOPEN_CLOEXEC));
  if (!context) return false;
  for (const auto& [key, value] : {std::pair{"ptmxmode", "0666"}, std::pair{"mode", "0620"}}) {
    if (::fsconfig(context.get(), FSCONFIG_SET_STRING, key, value, 0) != 0) return false;
  }
  if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return false;
  const os::Fd tree(::fsmount(context.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC));
  if (!tree || ::mkdirat(root, "dev/pts", 0755) != 0) return false;
  return move_to(tree.get(), root, "dev/pts") && ::symlinkat("pts/ptmx", root, "dev/ptmx") == 0;
}

}  // namespace

Failed attach_devices(const Devices& devices, int root, std::uint32_t index) noexcept {
  if (::mkdirat(root, "dev", 0755) != 0) return failed(Step::devices, index);
  for (const char* node : nodes) {
    if (!attach_node(node, root)) return failed(Step::devices, index);
  }
  for (const auto& link : links) {
    if (::symlinkat(link.to, root, link.name) != 0) return failed(Step::devices, index);
  }
  if (devices.terminals && !attach_terminals(root)) return failed(Step::devices, index);
  return no_failure;
}

}  // namespace x1::sandbox
