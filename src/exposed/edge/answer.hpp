// Answer: what the API decided, as the bytes of an HTTP response. Every response carries the same protective headers.
#pragma once

#include <string>

#include "base/error.hpp"
#include "seam/edge.hpp"

namespace x1::edge {

// The API's reply. Set-Cookie passes only with `may_set_cookie`; of other headers only those that edge knows.
[[nodiscard]] std::string answer(const seam::edge::Reply& reply, bool keep_alive, bool may_set_cookie);
// An error of edge's own, or one that the API could not be asked about.
[[nodiscard]] std::string refusal(const base::Error& error, bool keep_alive);

// The head of an event stream, and one event of it.
[[nodiscard]] std::string stream_head();
[[nodiscard]] std::string stream_event(const seam::edge::StreamEvent& event);
// A comment that keeps the connection alive, and the end of the stream.
[[nodiscard]] std::string stream_heartbeat();
[[nodiscard]] std::string stream_end();

}  // namespace x1::edge
