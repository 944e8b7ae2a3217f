// Which system calls each kind of process may make: data only. Everything that is not here is refused. seccomp.cpp
// turns it into a filter; the argument checks have names here and their meaning there.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace x1::seal {

enum class Profile {
  agent,             // any program: forks, executes, talks over TCP and Unix sockets inside its own network namespace
  provider,          // ours by purpose, hostile by assumption: as the agent
  server,            // a third-party server that we start (nats-server, radicale)
  gate,              // parses: no file, no new socket, no new process
  broker,            // decides: its own files, a stream to the bus
  dialer,            // dials: streams to upstreams, no file
  vault,             // keeps: its own files, its Unix sockets, streams to token servers
  api,               // the control plane: files, streams, threads
  edge,              // parses HTTP for the API: as gate
  resolver,          // asks DNS: datagrams and streams, reads the resolver's files
  relay,             // copies bytes: streams
  reader,            // reads one folder for the supervisor: files, no socket, no process
  supervisor_child,  // starts others: everything but the calls that only attack or administer a kernel
};

// What happens to a call that is not allowed.
enum class Refusal { eperm, kill_process };

// Calls allowed only with some arguments.
enum class Check {
  clone_no_namespace,   // clone without any CLONE_NEW*
  clone_thread,         // clone of a thread, nothing else
  socket_box,           // AF_UNIX stream/datagram/seqpacket, AF_INET and AF_INET6 stream
  socket_stream,        // AF_UNIX and AF_INET/AF_INET6 stream
  socket_resolver,      // AF_UNIX, AF_INET/AF_INET6 stream and datagram
  socket_unix,          // AF_UNIX
  socketpair_unix,      // AF_UNIX
  no_exec_memory_map,   // mmap without PROT_EXEC
  no_exec_memory_prot,  // mprotect without PROT_EXEC
  personality_query,    // personality(0xffffffff) and personality(0)
  mknod_plain,          // regular files and fifos
  mknodat_plain,        // the same
  ioctl_plain,          // FIONBIO, FIONREAD, TCGETS, FIOCLEX, FIONCLEX
  open_read_only,       // openat without write access
};

// A group is a run of call names with one meaning. Names unknown to this libseccomp are given by number below.
using Names = std::span<const char* const>;
struct CheckedCall {
  const char* name;
  Check check;
};

struct ProfileRules {
  Refusal refusal = Refusal::kill_process;
  std::vector<Names> allowed;
  std::vector<std::uint32_t> allowed_numbers;  // x86_64, newer than libseccomp 2.5.4
  std::vector<CheckedCall> checked;
  std::vector<Names> denied_softly;  // EACCES: a library asks in passing and carries on (kill_process profiles)
  std::vector<Names> absent;         // ENOSYS: callers have an older way, which the filter can look into
};

[[nodiscard]] ProfileRules rules_of(Profile profile);
[[nodiscard]] std::string_view to_string(Profile profile) noexcept;
// Profiles by their names, for x1-init's command line; nullptr when there is none.
[[nodiscard]] const Profile* profile_named(std::string_view name) noexcept;
[[nodiscard]] std::span<const Profile> all_profiles() noexcept;

}  // namespace x1::seal
