// Plan: all that a box is, as data. Nothing here touches the machine; start.hpp carries it out. What is not in the plan
// is not in the box: environment, descriptors and mounts are built from nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "sandbox/weaken/weaknesses.hpp"
#include "seal/landlock.hpp"
#include "seal/profiles.hpp"

namespace x1::sandbox {

// One id inside, mapped to one id of the starter's user namespace. Nothing else is mapped: every other owner is nobody.
// `outside` is a real id when the starter is the machine's root, else an id of enter_user_namespace() (0 is the
// person).
struct Identity {
  std::uint32_t inside_uid = 1000;
  std::uint32_t inside_gid = 1000;
  std::uint32_t outside_uid = 0;
  std::uint32_t outside_gid = 0;
  bool operator==(const Identity&) const = default;
};

// A namespace of its own with nothing but `lo`.
struct OwnLoopback {
  bool operator==(const OwnLoopback&) const = default;
};
// A namespace that exists already (network_namespace.hpp). The descriptor stays the caller's.
struct JoinNetwork {
  int fd = -1;
  bool operator==(const JoinNetwork&) const = default;
};
// The machine's network; for dialer and resolver only.
struct HostNetwork {
  bool operator==(const HostNetwork&) const = default;
};
using Network = std::variant<OwnLoopback, JoinNetwork, HostNetwork>;

// Mounts are made in the order given, on an empty root that is read-only in the end. Targets are absolute, without
// `..`. Every mount is nosuid, and nodev but for Devices.
struct ReadOnlyBind {
  std::string source, target;
  bool optional = false;  // left out when the machine does not have it
  bool operator==(const ReadOnlyBind&) const = default;
};
struct ReadWriteBind {
  std::string source, target;
  bool operator==(const ReadWriteBind&) const = default;
};
struct Tmpfs {
  std::string target;
  std::uint64_t bytes = 0;  // at most; 0 is refused
  std::uint32_t mode = 0700;
  bool operator==(const Tmpfs&) const = default;
};
// Changes to `lower` land in `upper`. `upper` and `work` are folders of one file system that the outside id owns.
struct Overlay {
  std::string target, lower, upper, work;
  // The outside id that owns `lower`. When it is not the box's own, lower is shown with owner changed to the box's
  // (an idmapped mount: needs the machine's root, and a file system that can).
  std::uint32_t lower_owner_uid = 0;
  std::uint32_t lower_owner_gid = 0;
  bool operator==(const Overlay&) const = default;
};
// /dev with null, zero, full, random, urandom, tty; with `terminals` also an own devpts.
struct Devices {
  bool terminals = false;
  bool operator==(const Devices&) const = default;
};
// /proc of the box's own pid namespace, process entries only.
struct Proc {
  bool operator==(const Proc&) const = default;
};
struct File {
  std::string target, content;
  bool operator==(const File&) const = default;
};
struct Folder {
  std::string target;
  bool operator==(const Folder&) const = default;
};
struct Symlink {
  std::string target, to;
  bool operator==(const Symlink&) const = default;
};
using Mount = std::variant<ReadOnlyBind, ReadWriteBind, Tmpfs, Overlay, Devices, Proc, File, Folder, Symlink>;

// A descriptor of the starter's, and the number it has inside (3 or more).
struct PassedFd {
  int fd = -1;
  int as = -1;
};

// -1 is /dev/null. With `controlling_terminal`, `in` is a terminal's slave and becomes that of the box's session.
struct Stdio {
  int in = -1;
  int out = -1;
  int err = -1;
  bool controlling_terminal = false;
};

struct Limits {
  // rlimits: hold everywhere
  std::optional<std::uint64_t> open_files = std::nullopt;
  std::optional<std::uint64_t> file_bytes = std::nullopt;
  std::optional<std::uint64_t> address_space_bytes = std::nullopt;
  std::optional<std::uint64_t> locked_bytes = std::nullopt;  // programs of ours lock their secrets
  // cgroup limits: hold where the machine lets us; Process::unlimited says what does not
  std::optional<std::uint64_t> memory_bytes = std::nullopt;
  std::optional<std::uint64_t> processes = std::nullopt;
  bool operator==(const Limits&) const = default;
};

// Run the program under x1-init: Landlock, seccomp, reaping.
struct Init {
  std::string program;  // path of x1-init on the machine; it is executed by descriptor and not visible inside
  seal::Profile profile = seal::Profile::agent;
  std::vector<std::string> read;   // beyond x1-init's own list: paths inside
  std::vector<std::string> write;  // paths inside
  int max_landlock_abi = seal::landlock_newest;
  bool operator==(const Init&) const = default;
};

struct Plan {
  std::string name;                      // [a-z0-9-], 1 to 64: for limits and messages
  std::string program;                   // absolute path inside the box
  std::vector<std::string> arguments;    // without the program's name
  std::vector<std::string> environment;  // NAME=value, exactly these
  std::string working_folder = "/";      // inside
  std::string hostname = "x1";
  std::optional<Init> init;  // absent: a program of ours that seals itself
  Identity identity;
  Network network = OwnLoopback{};
  std::vector<Mount> mounts;
  std::vector<PassedFd> descriptors;
  Stdio stdio;
  Limits limits;
  weaken::Weaknesses weaknesses;  // empty, always, outside tests and explicit flags
};

// Whether the plan can be carried out as it stands: invalid_request names what is wrong.
[[nodiscard]] base::Status validate(const Plan& plan);

// x1-init's arguments for this plan, with the numbers of the report and filter descriptors.
[[nodiscard]] std::vector<std::string> init_arguments(const Plan& plan, int report_fd, int filter_fd);

}  // namespace x1::sandbox
