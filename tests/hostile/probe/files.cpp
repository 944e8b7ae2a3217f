// A1, A2, A4: the machine's files, from inside.
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "attempt.hpp"

namespace x1::probe {
namespace {

Outcome reads(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
  if (fd < 0) return by_result(fd);
  std::array<char, 16> some{};
  const auto got = ::read(fd, some.data(), some.size());
  if (got < 0 && errno == EISDIR) return got_through("opened the folder");
  return by_result(got);
}

Outcome writes(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | flags, 0600);
  if (fd < 0) return by_result(fd);
  return by_result(::write(fd, "x", 1));
}

Outcome opens_for_writing(const std::string& path) { return by_result(::open(path.c_str(), O_WRONLY | O_NONBLOCK)); }

Outcome through_symlink(const std::string& target) {
  const std::string link = "/tmp/probe-link";
  ::unlink(link.c_str());
  if (::symlink(target.c_str(), link.c_str()) != 0) return refused("no symbolic link can be made");
  return reads(link);
}

Outcome device(mode_t kind, unsigned major, unsigned minor) {
  const std::string path = "/tmp/probe-device";
  ::unlink(path.c_str());
  return by_result(::mknod(path.c_str(), kind | 0600, makedev(major, minor)));
}

Outcome becomes_root() {
  if (::setresuid(0, 0, 0) == 0) return got_through("uid 0");
  return by_result(-1);
}

Outcome gives_file_to_root() {
  const std::string path = "/tmp/probe-file";
  const int fd = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0755);
  if (fd < 0) return by_result(fd);
  return by_result(::fchown(fd, 0, 0));
}

// A file that is its owner's, marked set-user-id and executed: on a nosuid mount it changes nothing, and the owner is
// the box's id anyway. Only another effective id would be a success.
Outcome other_id_by_setgid() {
  if (::setresgid(0, 0, 0) == 0) return got_through("gid 0");
  return by_result(-1);
}

}  // namespace

void add_files(std::vector<Attempt>& attempts, const Targets& targets) {
  const auto add = [&](std::string name, const char* invariant, std::function<Outcome()> act) {
    attempts.push_back({std::move(name), invariant, std::move(act)});
  };
  for (const std::string path : {"/etc/shadow",   "/etc/gshadow",
                                 "/etc/ssh",      "/root",
                                 "/home/ada",     "/var",
                                 "/boot",         "/srv",
                                 "/run",          "/sys/kernel",
                                 "/proc/kcore",   "/proc/kallsyms",
                                 "/proc/keys",    "/proc/sys/kernel",
                                 "/proc/cmdline", "/proc/net/tcp",
                                 "/dev/mem",      "/dev/kmsg",
                                 "/dev/kvm",      "/dev/fuse",
                                 "/dev/vsock",    "/dev/net/tun"}) {
    add("read-" + path, "A2", [=] { return reads(path); });
  }
  for (const auto& path : targets.canaries) {
    add("canary-" + path, "A2", [=] { return reads(path); });
    add("canary-by-symlink-" + path, "A4", [=] { return through_symlink(path); });
    add("canary-by-init-root-" + path, "A2", [=] { return reads("/proc/1/root" + path); });
    add("canary-by-parent-" + path, "A2", [=] { return reads("/proc/self/root/../../.." + path); });
  }
  for (const std::string path :
       {"/usr/probe", "/usr/bin/probe", "/etc/probe", "/probe", "/opt/agent/probe", "/opt/node/probe", "/dev/probe"}) {
    add("create-" + path, "A2", [=] { return writes(path, O_CREAT); });
  }
  for (const std::string path :
       {"/etc/passwd", "/usr/bin/true", "/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern",
        "/proc/sys/kernel/hostname", "/sys/power/state", "/sys/fs/cgroup/cgroup.procs", "/dev/mem"}) {
    add("write-" + path, "A2", [=] { return opens_for_writing(path); });
  }
  add("chmod-usr", "A2", [] { return by_result(::chmod("/usr/bin/true", 0777)); });
  add("rename-root", "A2", [] { return by_result(::rename("/workspace", "/workspace-2")); });
  add("mknod-char", "A4", [] { return device(S_IFCHR, 1, 3); });
  add("mknod-block", "A4", [] { return device(S_IFBLK, 8, 0); });
  add("setuid-root", "A2", becomes_root);
  add("setgid-root", "A2", other_id_by_setgid);
  add("setgroups", "A2", [] { return by_result(::setgroups(0, nullptr)); });
  add("chown-to-root", "A2", gives_file_to_root);
}

}  // namespace x1::probe
