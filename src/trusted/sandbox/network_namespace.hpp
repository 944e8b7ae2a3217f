// Network namespaces with nothing but `lo`, up, made before the boxes that join them.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace x1::sandbox {

// One that several boxes join (the bus and those who speak on it). Lives as long as the descriptor or a process in it.
[[nodiscard]] base::Result<os::Fd> make_network_namespace();

// One with a socket that listens on 127.0.0.1:port inside it.
struct ListeningNamespace {
  os::Fd network;
  os::Fd listener;
};
[[nodiscard]] base::Result<ListeningNamespace> make_listening_namespace(std::uint16_t port);

}  // namespace x1::sandbox
