// What the sandbox tests share: a workbench with things outside that a box must not reach, and a run of one box.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "launch/session_components.hpp"
#include "os/fd.hpp"
#include "sandbox/network_namespace.hpp"
#include "sandbox/start.hpp"
#include "sandbox/user_namespace.hpp"

namespace x1::hostile {

// Where the built programs are: beside this test's folder.
[[nodiscard]] std::string built(const std::string& program);

// The Node that agents find in /opt/node: its folder, wherever this was built; or nothing.
[[nodiscard]] std::string projects_node();

// Outside a box, for one test: a session's workspace, a secret file, a listening port, an abstract socket.
class Workbench {
 public:
  explicit Workbench(const sandbox::Ids& ids);
  Workbench(const Workbench&) = delete;
  Workbench& operator=(const Workbench&) = delete;
  ~Workbench();

  // The platform's own plan of an agent that runs `command` (a path inside; built programs are in /opt/agent), joined
  // to a network that was made for it as the platform makes it. `bench.facts` may be changed before.
  [[nodiscard]] sandbox::Plan agent(std::vector<std::string> command, int terminal = -1);
  // The probe, told of everything here.
  [[nodiscard]] sandbox::Plan probe();
  // The socket that gate would have: in the network of the last plan, at the port that its agent is told.
  [[nodiscard]] int listener() const { return networks_.back().listener.get(); }
  [[nodiscard]] const std::string& folder() const { return folder_; }
  // Made, and the agent's own.
  void own_folder(const std::string& path) const;

 private:
  std::string folder_;

 public:
  const launch::Installation at;
  launch::SessionFacts facts{.id = "test", .command = {}, .folder = ""};
  const launch::SessionLayout layout;

 private:
  std::vector<sandbox::ListeningNamespace> networks_;
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
