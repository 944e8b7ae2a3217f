// Limits by control group: memory and number of processes. Version 2 where it is delegated to us, else version 1
// controllers that we may write. What can't be held is said, not skipped in silence.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "os/fd.hpp"
#include "sandbox/plan.hpp"

namespace x1::sandbox {

// The groups of one box. Removes its folders when it goes; a folder that still has a process in it stays.
class Cgroup {
 public:
  Cgroup() = default;
  Cgroup(Cgroup&&) noexcept = default;
  Cgroup& operator=(Cgroup&& other) noexcept;
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;
  ~Cgroup();

  // Version 2: the folder to start in (CLONE_INTO_CGROUP), -1 when there is none.
  [[nodiscard]] int version_2_folder() const noexcept { return version_2_.get(); }
  // Version 1: the files to which the new process writes "0" to join.
  [[nodiscard]] const std::vector<os::Fd>& version_1_files() const noexcept { return version_1_; }

 private:
  friend struct CgroupBuilder;
  std::vector<std::string> folders_;
  os::Fd version_2_;
  std::vector<os::Fd> version_1_;
};

struct LimitedBy {
  Cgroup cgroup;
  std::vector<std::string> unlimited;  // "memory", "processes": asked for and not held
};

// Where groups are made: the mounted tree, and which groups of it the starter itself is in.
struct CgroupTree {
  std::string root = "/sys/fs/cgroup";
  std::string own;  // what /proc/self/cgroup says (cgroups(7)): "ID:CONTROLLERS:PATH" a line
};
[[nodiscard]] CgroupTree cgroups_of_this_process();

// The folder of the starter's own group; that of the tree's root when its own is not to be seen here. Without a
// controller: of version 2.
[[nodiscard]] std::string own_group(const CgroupTree& tree, std::string_view controller = {});

// Makes the groups that `limits` asks for, beneath the starter's own, so that what holds for the starter holds for
// them.
[[nodiscard]] LimitedBy make_cgroup(const CgroupTree& tree, const std::string& name, const Limits& limits);

}  // namespace x1::sandbox
