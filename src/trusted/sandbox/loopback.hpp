// What is done inside a fresh network namespace. Callable between clone and program: nothing here allocates.
#pragma once

#include <cstdint>

namespace x1::sandbox {

// `lo` up.
[[nodiscard]] bool loopback_up() noexcept;
// A socket that listens on 127.0.0.1:port, or -1 with errno.
[[nodiscard]] int listen_on_loopback(std::uint16_t port) noexcept;

}  // namespace x1::sandbox
