// Unix sockets between our own processes: pairs, and descriptors that travel with a message (SCM_RIGHTS).
#pragma once

#include <sys/types.h>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace x1::os {

// Two connected stream sockets, close-on-exec.
[[nodiscard]] base::Result<std::pair<Fd, Fd>> socket_pair();

// Sends all of `bytes` (at most 64 KiB) on a blocking stream socket, with one descriptor or none.
[[nodiscard]] base::Status send_with_fd(int socket, std::string_view bytes, int fd_or_minus_one);

struct Received {
  std::string bytes;  // empty: the other side closed
  std::optional<Fd> fd;
};
// One recvmsg of at most `max_bytes`. A descriptor arrives close-on-exec; more than one is refused. Fails with
// timed_out when nothing is there and the socket doesn't wait (or its time to wait is up).
[[nodiscard]] base::Result<Received> receive_with_fd(int socket, std::size_t max_bytes);

// Who is at the other end of a Unix stream socket (SO_PEERCRED).
struct Peer {
  pid_t pid = 0;
  uid_t uid = 0;
};
[[nodiscard]] base::Result<Peer> peer_of(int socket);

}  // namespace x1::os
