// supervise: runs one platform, from the lock to the last process's end.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.hpp"
#include "launch/layout.hpp"
#include "launch/up.hpp"
#include "os/fd.hpp"

namespace x1::launch {

// The caller holds the lock. Enters the user namespace where one is needed, so the process must have one thread and is
// not for anything else afterwards. `on_ready` is called once, with the port, when everything serves. Returns Done
// after an orderly end (SIGTERM, SIGINT, or a question on the control socket).
[[nodiscard]] base::Status supervise(const Layout& layout, const UpOptions& options,
                                     const std::function<void(std::uint16_t port)>& on_ready);

}  // namespace x1::launch
