#include "os/socket.hpp"

#include <sys/socket.h>
#include <array>
#include <cerrno>
#include <cstring>

namespace x1::os {
namespace {

base::Error failed(std::string_view what) {
  return base::Error{base::Code::unavailable, std::string(what) + " failed: " + std::strerror(errno) + ".", ""};
}

// Room for one SCM_RIGHTS message with one descriptor, aligned as cmsg(3) asks.
struct alignas(cmsghdr) ControlBuffer {
  std::array<char, CMSG_SPACE(sizeof(int))> bytes{};
};

}  // namespace

base::Result<std::pair<Fd, Fd>> socket_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return failed("socketpair");
  return std::pair(Fd(ends[0]), Fd(ends[1]));
}

base::Status send_with_fd(int socket, std::string_view bytes, int fd) {
  ControlBuffer control;
  bool attach = fd >= 0;
  while (!bytes.empty()) {
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (attach) {
      message.msg_control = control.bytes.data();
      message.msg_controllen = control.bytes.size();
      cmsghdr* head = CMSG_FIRSTHDR(&message);
      head->cmsg_level = SOL_SOCKET;
      head->cmsg_type = SCM_RIGHTS;
      head->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(head), &fd, sizeof(int));
    }
    const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return failed("sendmsg");
    attach = false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return base::Done{};
}

base::Result<Received> receive_with_fd(int socket, std::size_t max_bytes) {
  ControlBuffer control;
  Received received;
  received.bytes.resize(max_bytes);
  iovec part{received.bytes.data(), received.bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  ssize_t got = -1;
  do {
    got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno == EAGAIN) return base::Error{base::Code::timed_out, "Nothing has come yet.", ""};
  if (got < 0) return failed("recvmsg");
  received.bytes.resize(static_cast<std::size_t>(got));
  const cmsghdr* head = CMSG_FIRSTHDR(&message);
  if (head != nullptr && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
      head->cmsg_len == CMSG_LEN(sizeof(int))) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(head), sizeof(int));
    received.fd.emplace(fd);
  }
  if ((message.msg_flags & MSG_CTRUNC) != 0) {
    return base::Error{base::Code::invalid_request, "A message carried more than one descriptor.", ""};
  }
  return received;
}

base::Result<Peer> peer_of(int socket) {
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return failed("SO_PEERCRED");
  return Peer{credentials.pid, credentials.uid};
}

}  // namespace x1::os
