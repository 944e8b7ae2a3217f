#include "sandbox/cgroup.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string_view>

namespace x1::sandbox {
namespace {

constexpr std::string_view root_folder = "/sys/fs/cgroup";
constexpr std::string_view own_folder = "x1agent";

bool write_text(const std::string& path, std::string_view text) {
  const os::Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

bool make_folder(const std::string& path) { return ::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST; }

std::string text_of(std::optional<std::uint64_t> value) { return value ? std::to_string(*value) : "max"; }

}  // namespace

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
  Cgroup made;

  // One controller of version 1: its own tree, its own file for the limit.
  bool add_version_1(std::string_view controller, std::string_view file, const std::string& name, std::uint64_t value) {
    const std::string top = std::string(root_folder).append("/").append(controller).append("/").append(own_folder);
    const std::string folder = top + "/" + name;
    if (!make_folder(top) || !make_folder(folder)) return false;
    made.folders_.push_back(folder);
    if (!write_text(folder + "/" + std::string(file), std::to_string(value))) return false;
    os::Fd join(::open((folder + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
    if (!join) return false;
    made.version_1_.push_back(std::move(join));
    return true;
  }

  // The single tree of version 2, when its controllers can be handed down to a group of ours.
  bool add_version_2(const std::string& name, const Limits& limits) {
    const std::string top = std::string(root_folder).append("/").append(own_folder);
    const std::string folder = top + "/" + name;
    if (!make_folder(top) || !write_text(top + "/cgroup.subtree_control", "+memory +pids")) return false;
    if (!make_folder(folder)) return false;
    made.folders_.push_back(folder);
    if (!write_text(folder + "/memory.max", text_of(limits.memory_bytes))) return false;
    if (!write_text(folder + "/pids.max", text_of(limits.processes))) return false;
    made.version_2_ = os::Fd(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    return static_cast<bool>(made.version_2_);
  }
};

LimitedBy make_cgroup(const std::string& name, const Limits& limits) {
  LimitedBy out;
  if (!limits.memory_bytes && !limits.processes) return out;
  CgroupBuilder builder;
  const bool unified = ::access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;
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
