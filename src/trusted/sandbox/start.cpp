#include "sandbox/start.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "sandbox/child.hpp"
#include "sandbox/owner_map.hpp"
#include "sandbox/prepare.hpp"
#include "sandbox/report.hpp"
#include "seal/missing.hpp"

namespace x1::sandbox {
namespace {

std::uint64_t namespaces_of(const Plan& plan) {
  std::uint64_t flags = CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  if (!plan.weaknesses.mount_namespace) flags |= CLONE_NEWNS;
  if (!plan.weaknesses.pid_namespace) flags |= CLONE_NEWPID;
  const bool own_network = std::holds_alternative<OwnLoopback>(plan.network);
  if (own_network && !plan.weaknesses.network_namespace) flags |= CLONE_NEWNET;
  return flags;
}

struct Cloned {
  pid_t pid = -1;
  os::Fd pidfd;
};

// The child does not return from here.
base::Result<Cloned> clone_child(Prepared& prepared, const Cgroup& cgroup) {
  int pidfd = -1;
  clone_args arguments{};
  arguments.flags = namespaces_of(*prepared.plan) | CLONE_PIDFD | CLONE_CLEAR_SIGHAND;
  arguments.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
  arguments.exit_signal = SIGCHLD;
  if (cgroup.version_2_folder() >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = static_cast<std::uint64_t>(cgroup.version_2_folder());
  }
  const long pid = ::syscall(SYS_clone3, &arguments, sizeof arguments);
  if (pid == 0) run_child(prepared);
  if (pid < 0) return name_missing_namespace(arguments.flags, errno);
  return Cloned{.pid = static_cast<pid_t>(pid), .pidfd = os::Fd(pidfd)};
}

}  // namespace

base::Result<int> Filters::descriptor_of(seal::Profile profile) {
  const auto found = std::ranges::find(cached_, profile, &Cached::profile);
  if (found != cached_.end()) return found->file.get();
  X1_TRY(filter, seal::compile(profile));
  const auto bytes = seal::encode(filter);
  os::Fd file(::memfd_create("filter", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file || ::write(file.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    return seal::missing(seal::layer::seccomp, "keeping the filter", errno);
  }
  // Many boxes share it, so none may change it.
  if (::fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) {
    return seal::missing(seal::layer::seccomp, "keeping the filter unchanged", errno);
  }
  cached_.push_back(Cached{.profile = profile, .file = std::move(file)});
  return cached_.back().file.get();
}

base::Result<Starting> begin(const Plan& plan, Filters& filters) {
  X1_TRY(valid, validate(plan));
  int filter = -1;
  if (plan.init && !plan.weaknesses.seccomp) {
    X1_TRY(compiled, filters.descriptor_of(plan.init->profile));
    filter = compiled;
  }
  X1_TRY(ends, status_sockets());
  X1_TRY(prepared, prepare(plan, std::move(ends.childs), filter));
  // Another platform on this machine may have a box of the same name, and remove its group when that ends.
  const auto group = std::to_string(::getpid()) + "-" + plan.name;
  auto limited = make_cgroup(cgroups_of_this_process(), group, plan.limits);
  for (const auto& file : limited.cgroup.version_1_files())
    prepared.cgroup_files.push_back(file.get());

  X1_TRY(child, clone_child(prepared, limited.cgroup));
  // Our copy of the child's end goes with `prepared`, so that end of file means that the child has let go of its own.
  return Starting{.plan = plan,
                  .process = {.pid = child.pid,
                              .pidfd = std::move(child.pidfd),
                              .cgroup = std::move(limited.cgroup),
                              .unlimited = std::move(limited.unlimited),
                              .weaknesses = plan.weaknesses.names()},
                  .status = std::move(ends.starters)};
}

base::Status await_start(const Starting& starting) { return take_report(starting.plan, starting.status.get()); }

base::Result<Process> start(const Plan& plan, Filters& filters) {
  X1_TRY(starting, begin(plan, filters));
  auto runs = await_start(starting);
  if (runs.ok()) return std::move(starting.process);
  kill(starting.process);
  ::waitpid(starting.process.pid, nullptr, 0);
  return std::move(runs).error();
}

base::Result<int> wait(Process& process, std::chrono::milliseconds patience) {
  pollfd ended{.fd = process.pidfd.get(), .events = POLLIN, .revents = 0};
  const int ready = ::poll(&ended, 1, static_cast<int>(patience.count()));
  if (ready <= 0) return base::Error{base::Code::timed_out, "The box has not ended in time.", ""};
  int status = 0;
  if (::waitpid(process.pid, &status, 0) != process.pid) {
    return base::Error{base::Code::internal, "The box's exit status was taken by somebody else.", ""};
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void kill(const Process& process) noexcept {
  ::syscall(SYS_pidfd_send_signal, process.pidfd.get(), SIGKILL, nullptr, 0);
}

}  // namespace x1::sandbox
