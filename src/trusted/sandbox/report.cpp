#include "sandbox/report.hpp"

#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "os/socket.hpp"
#include "seal/missing.hpp"

namespace x1::sandbox {
namespace {

constexpr timeval report_patience{.tv_sec = 10, .tv_usec = 0};
constexpr std::size_t longest_report = 1024;

struct SourceOf {
  std::string operator()(const ReadOnlyBind& mount) const { return mount.source; }
  std::string operator()(const ReadWriteBind& mount) const { return mount.source; }
  std::string operator()(const Overlay& mount) const { return mount.lower; }
  std::string operator()(const Devices&) const { return "/dev"; }
  std::string operator()(const Proc&) const { return "/proc"; }
  std::string operator()(const auto& mount) const { return mount.target; }
};

constexpr std::array about_a_mount{Step::open_sources, Step::bind, Step::tmpfs, Step::overlay,
                                   Step::devices,      Step::proc, Step::files};

bool is_about_a_mount(Step step) { return std::ranges::find(about_a_mount, step) != about_a_mount.end(); }

// x1-init's own report: 'E' and a sentence about a layer, or 'X' and one about the command.
base::Error from_init(std::string_view report) {
  const bool command = report.front() == 'X';
  return base::Error{command ? base::Code::not_found : base::Code::isolation_missing, std::string(report.substr(1)),
                     command ? "" : "run `x1 doctor` to see what this machine offers"};
}

bool can_unshare(std::uint64_t flag) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(::unshare(static_cast<int>(flag)) == 0 ? 0 : 1);
  int status = 1;
  return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace

base::Error to_error(const Plan& plan, const Failed& failure) {
  const auto text = text_of(failure.step);
  std::string act(text.act);
  if (is_about_a_mount(failure.step) && failure.item < plan.mounts.size()) {
    act.append(" (").append(std::visit(SourceOf{}, plan.mounts[failure.item])).append(")");
  }
  if (failure.step == Step::execute && !plan.init) {
    return base::Error{base::Code::not_found,
                       plan.program + " could not be executed: " + std::generic_category().message(failure.error), ""};
  }
  return seal::missing(text.layer, act, failure.error);
}

base::Status take_report(const Plan& plan, int status) {
  ::setsockopt(status, SOL_SOCKET, SO_RCVTIMEO, &report_patience, sizeof report_patience);
  auto received = os::receive_with_fd(status, longest_report);
  if (!received.ok()) return base::Error{base::Code::timed_out, "The box did not start within 10 seconds.", ""};
  const auto& bytes = received->bytes;
  if (bytes.empty()) return base::Done{};
  Failed failure;
  if (bytes.front() == 'F' && bytes.size() == 1 + sizeof failure) {
    std::memcpy(&failure, std::span(bytes).subspan(1).data(), sizeof failure);
    return to_error(plan, failure);
  }
  if (bytes.front() == 'E' || bytes.front() == 'X') return from_init(bytes);
  return base::Error{base::Code::internal, "The box reported something that is not a report.", ""};
}

base::Error name_missing_namespace(std::uint64_t flags, int error) {
  namespace layer = seal::layer;
  constexpr std::array named{std::pair{std::uint64_t{CLONE_NEWNET}, layer::network_namespace},
                             std::pair{std::uint64_t{CLONE_NEWPID}, layer::pid_namespace},
                             std::pair{std::uint64_t{CLONE_NEWNS}, layer::mount_namespace},
                             std::pair{std::uint64_t{CLONE_NEWIPC}, layer::ipc_namespace},
                             std::pair{std::uint64_t{CLONE_NEWUTS}, layer::uts_namespace},
                             std::pair{std::uint64_t{CLONE_NEWCGROUP}, layer::cgroup_namespace}};
  for (const auto& [flag, name] : named) {
    if ((flags & flag) != 0 && !can_unshare(flag)) return seal::missing(name, "making it", error);
  }
  return seal::missing("namespaces", "making them together (clone3)", error);
}

}  // namespace x1::sandbox
