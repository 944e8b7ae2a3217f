#include "sandbox/cgroup.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>

#include "os/file.hpp"

namespace x1::sandbox {
namespace {

constexpr std::string_view ours = "/x1agent";
constexpr std::size_t longest_own = 64 * 1024;

bool write_text(const std::string& path, std::string_view text) {
  const os::Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

bool make_folder(const std::string& path) { return ::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST; }

bool is_folder(const std::string& path) {
  struct stat about{};
  return ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

// Whether `controllers` ("cpu,cpuacct") has this one. Version 2's line has none, and is asked for with none.
bool lists(std::string_view controllers, std::string_view wanted) {
  while (true) {
    const auto comma = controllers.find(',');
    if (controllers.substr(0, comma) == wanted) return true;
    if (comma == std::string_view::npos) return false;
    controllers.remove_prefix(comma + 1);
  }
}

// The path of our group in the hierarchy of `controller`, or nothing.
std::string_view path_in(std::string_view own, std::string_view controller) {
  while (!own.empty()) {
    const auto end = std::min(own.find('\n'), own.size());
    const auto line = own.substr(0, end);
    own.remove_prefix(std::min(end + 1, own.size()));
    const auto first = line.find(':');
    if (first == std::string_view::npos) continue;
    const auto second = line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    if (lists(line.substr(first + 1, second - first - 1), controller)) return line.substr(second + 1);
  }
  return {};
}

std::string text_of(std::optional<std::uint64_t> value) { return value ? std::to_string(*value) : "max"; }

}  // namespace

CgroupTree cgroups_of_this_process() {
  auto own = os::read_file("/proc/self/cgroup", longest_own);
  return CgroupTree{.own = own.ok() ? std::move(*own) : std::string()};
}

std::string own_group(const CgroupTree& tree, std::string_view controller) {
  std::string top = tree.root;
  if (!controller.empty()) top.append("/").append(controller);
  const auto path = path_in(tree.own, controller);
  // "/.." is a group outside of what is mounted here.
  if (path.size() < 2 || path.find("..") != std::string_view::npos) return top;
  const auto folder = top + std::string(path);
  return is_folder(folder) ? folder : top;
}

Cgroup& Cgroup::operator=(Cgroup&& other) noexcept {
  std::swap(folders_, other.folders_);
  std::swap(version_2_, other.version_2_);
  std::swap(version_1_, other.version_1_);
  return *this;
}

Cgroup::~Cgroup() {
  for (const auto& folder : folders_)
    ::rmdir(folder.c_str());
}

struct CgroupBuilder {
  const CgroupTree& tree;
  Cgroup made;

  // One controller of version 1: its own tree, its own file for the limit.
  bool add_version_1(std::string_view controller, std::string_view file, const std::string& name, std::uint64_t value) {
    const std::string top = own_group(tree, controller).append(ours);
    const std::string folder = top + "/" + name;
    if (!make_folder(top) || !make_folder(folder)) return false;
    made.folders_.push_back(folder);
    if (!write_text(folder + "/" + std::string(file), std::to_string(value))) return false;
    os::Fd join(::open((folder + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
    if (!join) return false;
    made.version_1_.push_back(std::move(join));
    return true;
  }

  // The single tree of version 2, when its controllers can be handed down to a group of ours. A group that has
  // processes can't hand them down (cgroups(7), "no internal processes"), and the starter's own has at least the
  // starter: then it is made in the nearest group above that can, so that as much as may be of what holds for the
  // starter holds for the box.
  bool add_version_2(const std::string& name, const Limits& limits) {
    for (auto parent = own_group(tree);; parent.resize(parent.rfind('/'))) {
      if (add_version_2_in(parent, name, limits)) return true;
      ::rmdir((parent + std::string(ours)).c_str());  // unless it is of use to another box
      if (parent.size() <= tree.root.size()) return false;
    }
  }

  bool add_version_2_in(const std::string& parent, const std::string& name, const Limits& limits) {
    const std::string top = parent + std::string(ours);
    const std::string folder = top + "/" + name;
    // The parent may have handed them down already, and not let us write it.
    static_cast<void>(write_text(parent + "/cgroup.subtree_control", "+memory +pids"));
    if (!make_folder(top) || !write_text(top + "/cgroup.subtree_control", "+memory +pids")) return false;
    if (!make_folder(folder)) return false;
    made.folders_.push_back(folder);
    if (!write_text(folder + "/memory.max", text_of(limits.memory_bytes))) return false;
    if (!write_text(folder + "/pids.max", text_of(limits.processes))) return false;
    made.version_2_ = os::Fd(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    return static_cast<bool>(made.version_2_);
  }
};

LimitedBy make_cgroup(const CgroupTree& tree, const std::string& name, const Limits& limits) {
  LimitedBy out;
  if (!limits.memory_bytes && !limits.processes) return out;
  CgroupBuilder builder{.tree = tree, .made = {}};
  const bool unified = ::access((tree.root + "/cgroup.controllers").c_str(), F_OK) == 0;
  if (unified && builder.add_version_2(name, limits)) {
    out.cgroup = std::move(builder.made);
    return out;
  }
  if (limits.memory_bytes &&
      (unified || !builder.add_version_1("memory", "memory.limit_in_bytes", name, *limits.memory_bytes))) {
    out.unlimited.emplace_back("memory");
  }
  if (limits.processes && (unified || !builder.add_version_1("pids", "pids.max", name, *limits.processes))) {
    out.unlimited.emplace_back("processes");
  }
  out.cgroup = std::move(builder.made);
  return out;
}

}  // namespace x1::sandbox
