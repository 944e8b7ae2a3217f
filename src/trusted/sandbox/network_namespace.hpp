// A network namespace with nothing but `lo`, up, that several boxes join (the bus and those who speak on it).
#pragma once

#include "base/result.hpp"
#include "os/fd.hpp"

namespace x1::sandbox {

// Lives as long as the descriptor or a process in it.
[[nodiscard]] base::Result<os::Fd> make_network_namespace();

}  // namespace x1::sandbox
