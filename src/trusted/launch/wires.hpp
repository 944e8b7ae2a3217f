// Pipes and listening sockets, all close-on-exec.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace x1::launch {

struct Pipe {
  os::Fd read;
  os::Fd write;
};
[[nodiscard]] base::Result<Pipe> make_pipe();
// The read end of a pipe that holds this text and then ends; at most 32 KiB.
[[nodiscard]] base::Result<os::Fd> pipe_with(std::string_view text);

struct TcpListener {
  os::Fd socket;
  std::uint16_t port = 0;
};
// On 127.0.0.1, at `wanted`, or at a free port when that is taken (or 0).
[[nodiscard]] base::Result<TcpListener> listen_tcp(std::uint16_t wanted);

// FOLDER/NAME, which only its owner may connect to. What a crash left there is replaced. Any length of `folder` will
// do.
[[nodiscard]] base::Result<os::Fd> listen_local(const std::string& folder, const std::string& name);
[[nodiscard]] base::Result<os::Fd> connect_local(const std::string& folder, const std::string& name);

}  // namespace x1::launch
