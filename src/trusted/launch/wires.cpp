#include "launch/wires.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>

namespace x1::launch {
namespace {

base::Error failed(std::string_view what) {
  return base::Error{base::Code::unavailable, std::string(what) + " failed: " + std::strerror(errno) + ".", ""};
}

constexpr int backlog = 128;
constexpr std::size_t pipe_bytes = 32 * 1024;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

template <class Address>
const sockaddr* any(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

base::Result<os::Fd> bound_tcp(std::uint16_t port) {
  os::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return failed("socket");
  const int on = 1;
  static_cast<void>(::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
  const auto address = loopback(port);
  if (::bind(socket.get(), any(address), sizeof(address)) != 0) return failed("bind");
  if (::listen(socket.get(), backlog) != 0) return failed("listen");
  return socket;
}

// A socket's address holds 107 characters; a folder opened by descriptor has a short name of any length's path.
struct Place {
  os::Fd folder;
  sockaddr_un address{};
};

base::Result<Place> place_of(const std::string& folder, const std::string& name) {
  Place place;
  place.folder = os::Fd(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!place.folder) return failed("Opening " + folder);
  const auto path = "/proc/self/fd/" + std::to_string(place.folder.get()) + "/" + name;
  place.address.sun_family = AF_UNIX;
  const std::span room(place.address.sun_path);
  X1_CHECK(path.size() < room.size());
  std::ranges::copy(path, room.begin());
  return place;
}

}  // namespace

base::Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failed("pipe");
  return Pipe{os::Fd(ends[0]), os::Fd(ends[1])};
}

base::Result<os::Fd> pipe_with(std::string_view text) {
  if (text.size() > pipe_bytes) return base::Error{base::Code::too_large, "A pipe can't hold this text.", ""};
  X1_TRY(pipe, make_pipe());
  // An empty pipe holds 64 KiB, so this never blocks and is never cut.
  const auto wrote = ::write(pipe.write.get(), text.data(), text.size());
  if (wrote != static_cast<ssize_t>(text.size())) return failed("write");
  return std::move(pipe.read);
}

base::Result<TcpListener> listen_tcp(std::uint16_t wanted) {
  auto socket = bound_tcp(wanted);
  if (!socket.ok()) socket = bound_tcp(0);
  if (!socket.ok()) return std::move(socket).error();
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  if (::getsockname(socket->get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return failed("getsockname");
  return TcpListener{std::move(*socket), ntohs(address.sin_port)};
}

base::Result<os::Fd> listen_local(const std::string& folder, const std::string& name) {
  X1_TRY(place, place_of(folder, name));
  os::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return failed("socket");
  if (::unlinkat(place.folder.get(), name.c_str(), 0) != 0 && errno != ENOENT) return failed("Removing " + name);
  if (::fchmod(socket.get(), 0600) != 0) return failed("fchmod");
  if (::bind(socket.get(), any(place.address), sizeof(place.address)) != 0) return failed("bind " + name);
  if (::listen(socket.get(), backlog) != 0) return failed("listen " + name);
  return socket;
}

base::Result<os::Fd> connect_local(const std::string& folder, const std::string& name) {
  X1_TRY(place, place_of(folder, name));
  os::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return failed("socket");
  if (::connect(socket.get(), any(place.address), sizeof(place.address)) != 0) return failed("connect " + name);
  return socket;
}

}  // namespace x1::launch
