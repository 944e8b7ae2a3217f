// The platform's own name: under `localhost`, which every machine resolves to itself (RFC 6761, 6.3), and random. A
// browser keeps cookies by name and not by port: under a name of our own no other server of the machine sees them, and
// none can have left some for us to read, as long as it does not know the name. So nobody is told but the platform's
// owner, over the control socket; it stands in no answer and in no argument of a process.
#pragma once

#include <string>

#include "base/result.hpp"
#include "launch/layout.hpp"

namespace x1::launch {

// "x1-0a1b2c3d4e5f6071.localhost", made at the first start and kept ever after, so that a login outlives a restart.
// Fails with storage_failed when what is kept there is something else.
[[nodiscard]] base::Result<std::string> load_or_make_own_name(const Layout& layout);

}  // namespace x1::launch
