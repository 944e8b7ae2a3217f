// What the sandbox tests share: a workbench with things outside that a box must not reach, and a run of one box.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "os/fd.hpp"
#include "sandbox/recipes.hpp"
#include "sandbox/start.hpp"
#include "sandbox/user_namespace.hpp"

namespace x1::hostile {

// Where the built programs are: beside this test's folder.
[[nodiscard]] std::string built(const std::string& program);

// Outside a box, for one test: a workspace, a secret file, a listening port, an abstract socket.
class Workbench {
 public:
  explicit Workbench(const sandbox::Ids& ids);
  Workbench(const Workbench&) = delete;
  Workbench& operator=(const Workbench&) = delete;
  ~Workbench();

  // An agent's box that runs `program` (a path inside; built programs are at /opt/x1) with `arguments`.
  [[nodiscard]] sandbox::AgentBox box(const std::string& program, std::vector<std::string> arguments = {}) const;
  // The probe, told of everything here.
  [[nodiscard]] sandbox::AgentBox probe() const;
  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] std::string workspace() const { return folder_ + "/workspace"; }
  [[nodiscard]] sandbox::Identity identity() const { return identity_; }
  // A folder below this bench, owned by the box's id.
  [[nodiscard]] std::string owned_folder(const std::string& name) const;

 private:
  std::string folder_;
  sandbox::Identity identity_;
  os::Fd listener_;
  int port_ = 0;
  os::Fd abstract_;
  std::string abstract_name_;
};

struct Run {
  int status = -1;
  std::string out;  // stdout and stderr together, at most 1 MiB
  std::vector<std::string> weaknesses;
  std::vector<std::string> unlimited;

  // The names of the probe's attempts that got through.
  [[nodiscard]] std::set<std::string> got_through() const;
  [[nodiscard]] int attempts() const;
};
// Starts the plan, waits at most a minute, returns what it wrote.
[[nodiscard]] base::Result<Run> run(sandbox::Plan plan);

// The namespace that the test program entered at its start.
[[nodiscard]] const sandbox::Ids& ids();

}  // namespace x1::hostile
