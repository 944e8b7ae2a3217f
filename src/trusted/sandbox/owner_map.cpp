#include "sandbox/owner_map.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "os/socket.hpp"
#include "seal/missing.hpp"

namespace x1::sandbox {
namespace {

bool write_text(const std::string& path, const std::string& text) {
  const os::Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::string line(std::uint32_t from, std::uint32_t to) {
  return std::to_string(from) + " " + std::to_string(to) + " 1\n";
}

// A process that holds the namespace open until we have it by descriptor, then ends with its socket.
[[noreturn]] void hold(int socket) {
  char letter = ::unshare(CLONE_NEWUSER) == 0 ? 'u' : 'e';
  if (::write(socket, &letter, 1) != 1) ::_exit(1);
  ::_exit(::read(socket, &letter, 1) < 0 ? 1 : 0);
}

base::Result<os::Fd> map_and_open(pid_t holder, const OwnerMap& map) {
  const std::string folder = "/proc/" + std::to_string(holder);
  if (!write_text(folder + "/uid_map", line(map.from_uid, map.to_uid)) ||
      !write_text(folder + "/gid_map", line(map.from_gid, map.to_gid))) {
    return seal::missing("idmapped mount", "mapping the owner", errno);
  }
  os::Fd made(::open((folder + "/ns/user").c_str(), O_RDONLY | O_CLOEXEC));
  if (!made) return seal::missing("idmapped mount", "opening its user namespace", errno);
  return made;
}

}  // namespace

base::Result<os::Fd> make_owner_map(const OwnerMap& map) {
  X1_TRY(ends, os::socket_pair());
  const pid_t holder = ::fork();
  if (holder < 0) return seal::missing("idmapped mount", "starting a process for it", errno);
  if (holder == 0) {
    {
      const auto starters_end = std::move(ends.first);
    }
    hold(ends.second.get());
  }
  {
    const auto holders_end = std::move(ends.second);
  }
  char letter = 'e';
  const bool ready = ::read(ends.first.get(), &letter, 1) == 1 && letter == 'u';
  auto made = ready ? map_and_open(holder, map)
                    : base::Result<os::Fd>(seal::missing("idmapped mount", "making its user namespace", errno));
  {
    const auto released = std::move(ends.first);
  }
  ::waitpid(holder, nullptr, 0);
  return made;
}

}  // namespace x1::sandbox
