// Whether the API serves: one request through the edge, answered when both are up. No polling: the answer waits there.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "launch/latch.hpp"

namespace x1::launch {

// Asks GET /api/v1/health on FOLDER/api.sock, and sets the latch: unavailable when the answer is not 200. The latch may
// have been set by others before.
[[nodiscard]] base::Status ask_health(boost::asio::io_context& context, const std::string& folder,
                                      std::shared_ptr<Latch> latch);

}  // namespace x1::launch
