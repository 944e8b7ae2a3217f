// What the child needs, made ready before the clone: C strings, opened files, room for descriptors. The plan itself
// stays alive beside it.
#pragma once

#include <string>
#include <vector>

#include "os/fd.hpp"
#include "sandbox/plan.hpp"

namespace x1::sandbox {

struct Prepared {
  const Plan* plan = nullptr;  // main keeps it alive
  os::Fd status;               // the child's end: listener, failure, or end of file when the program runs
  os::Fd starter;              // readable when the starter has ended
  os::Fd executable;           // x1-init, when there is one
  std::vector<std::string> argument_texts;
  std::vector<std::string> environment_texts;
  std::vector<char*> argv;  // views of the texts, with a null pointer at the end
  std::vector<char*> envp;
  std::vector<int> moved;        // one a descriptor of `placed`
  std::vector<PassedFd> placed;  // stdio, the plan's, and x1-init's own two
  std::vector<int> trees;        // one a mount: detached copies of the sources
  int overlay_upper = -1;        // opened by the child; a plan has at most one overlay
  int overlay_work = -1;
  os::Fd lower_owner;      // user namespace for the overlay's idmapped lower, when needed
  std::string id_map_uid;  // "1000 200001 1\n"
  std::string id_map_gid;
  std::vector<int> cgroup_files;  // version 1
  os::Fd null_device;
};

}  // namespace x1::sandbox
