// What one HTTP request asks of the gate: a pure function of the request and of where the gate listens. Checks Host and
// Origin (a page in a browser of the sandbox is no client), method, path, media types and the body's shape.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "wire/http.hpp"

namespace x1::gate {

// The names by which clients may call the gate. Anything else in Host or Origin is refused (DNS rebinding).
struct Place {
  std::vector<std::string> hosts;    // "127.0.0.1:9090"
  std::vector<std::string> origins;  // "http://127.0.0.1:9090"
};
[[nodiscard]] Place place_at(std::uint16_t port);

inline constexpr std::size_t max_output_bytes = 64 * 1024;

struct Health {};
struct McpPost {
  std::string session;  // Mcp-Session-Id; empty: none was sent
  bool may_stream = false;
};
// A client listens for what the gate says unasked.
struct McpListen {
  std::string session;
};
struct McpEnd {
  std::string session;
};
struct FollowTurns {};
struct TurnOutput {
  std::uint64_t turn = 0;
  std::string text;
};
struct TurnDone {
  std::uint64_t turn = 0;
  std::string outcome;  // "completed" or "failed"
};
struct Refused {
  int status = 400;
  base::Error why;
  std::string allow;  // of a 405: the methods that there are
};
using Route = std::variant<Health, McpPost, McpListen, McpEnd, FollowTurns, TurnOutput, TurnDone, Refused>;

[[nodiscard]] Route route(const wire::HttpRequest& request, const Place& place);

}  // namespace x1::gate
