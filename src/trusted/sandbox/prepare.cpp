#include "sandbox/prepare.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "sandbox/owner_map.hpp"
#include "seal/missing.hpp"

namespace x1::sandbox {
namespace {

std::string id_map(std::uint32_t inside, std::uint32_t outside) {
  return std::to_string(inside) + " " + std::to_string(outside) + " 1\n";
}

// The first number that the plan's own descriptors leave free.
int first_free_number(const Plan& plan) {
  int free = 3;
  for (const auto& passed : plan.descriptors)
    free = std::max(free, passed.as + 1);
  return free;
}

void place_descriptors(Prepared& prepared, const Plan& plan) {
  const auto or_null = [&](int fd) { return fd >= 0 ? fd : prepared.null_device.get(); };
  prepared.placed = {{.fd = or_null(plan.stdio.in), .as = STDIN_FILENO},
                     {.fd = or_null(plan.stdio.out), .as = STDOUT_FILENO},
                     {.fd = or_null(plan.stdio.err), .as = STDERR_FILENO}};
  prepared.placed.insert(prepared.placed.end(), plan.descriptors.begin(), plan.descriptors.end());
}

base::Status open_init(Prepared& prepared, const Plan& plan) {
  prepared.executable = os::Fd(::open(plan.init->program.c_str(), O_PATH | O_CLOEXEC));
  if (prepared.executable) return base::Done{};
  return base::Error{base::Code::not_found, "x1-init is not at " + plan.init->program + ".",
                     "build or install x1agent again"};
}

base::Status map_lower_owner(Prepared& prepared, const Plan& plan) {
  for (const auto& mount : plan.mounts) {
    const auto* overlay = std::get_if<Overlay>(&mount);
    if (overlay == nullptr || overlay->lower_owner_uid == plan.identity.outside_uid) continue;
    X1_TRY(owner, make_owner_map({.from_uid = overlay->lower_owner_uid,
                                  .from_gid = overlay->lower_owner_gid,
                                  .to_uid = plan.identity.outside_uid,
                                  .to_gid = plan.identity.outside_gid}));
    prepared.lower_owner = std::move(owner);
  }
  return base::Done{};
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (auto& text : texts)
    out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

base::Result<StatusSockets> status_sockets() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return base::Error{base::Code::unavailable, "There is no room for another process: out of descriptors.", ""};
  }
  return StatusSockets{.starters = os::Fd(ends[0]), .childs = os::Fd(ends[1])};
}

base::Result<Prepared> prepare(const Plan& plan, os::Fd status, int filter) {
  Prepared prepared;
  prepared.plan = &plan;
  prepared.status = std::move(status);
  prepared.null_device = os::Fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!prepared.null_device) return seal::missing(seal::layer::descriptors, "opening /dev/null", errno);
  prepared.starter = os::Fd(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
  if (!prepared.starter) return seal::missing(seal::layer::process_limits, "watching the starter", errno);
  place_descriptors(prepared, plan);

  if (plan.init) {
    X1_TRY(opened, open_init(prepared, plan));
    const int report_number = first_free_number(plan);
    const int filter_number = filter >= 0 ? report_number + 1 : -1;
    prepared.placed.push_back({.fd = prepared.status.get(), .as = report_number});
    if (filter >= 0) prepared.placed.push_back({.fd = filter, .as = filter_number});
    prepared.argument_texts = init_arguments(plan, report_number, filter_number);
  } else {
    prepared.argument_texts = {plan.program};
    prepared.argument_texts.insert(prepared.argument_texts.end(), plan.arguments.begin(), plan.arguments.end());
  }
  prepared.environment_texts = plan.environment;
  prepared.argv = pointers(prepared.argument_texts);
  prepared.envp = pointers(prepared.environment_texts);
  prepared.moved.assign(prepared.placed.size(), -1);
  prepared.trees.assign(plan.mounts.size(), -1);
  prepared.id_map_uid = id_map(plan.identity.inside_uid, plan.identity.outside_uid);
  prepared.id_map_gid = id_map(plan.identity.inside_gid, plan.identity.outside_gid);
  X1_TRY(mapped, map_lower_owner(prepared, plan));
  return prepared;
}

}  // namespace x1::sandbox
