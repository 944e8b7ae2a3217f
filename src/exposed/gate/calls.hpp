// The calls that the broker has not answered yet. One connection has at most one, so there are as few as connections.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "gate/connection.hpp"

namespace x1::gate {

struct HeldCall {
  std::shared_ptr<Connection> connection;  // shared with the connection's own operations
  std::string session;
  std::string id;              // the JSON-RPC id, as JSON text
  std::string progress_token;  // JSON text, or empty
  bool may_stream = false;     // the client takes an event stream
  Instant since;
  std::uint64_t signs_of_life = 0;  // sent while waiting; the first begins the stream
};

using HeldCalls = std::unordered_map<std::uint64_t, HeldCall>;

[[nodiscard]] inline HeldCalls::iterator find_call(HeldCalls& calls, std::string_view session, std::string_view id) {
  for (auto it = calls.begin(); it != calls.end(); ++it)
    if (it->second.id == id && it->second.session == session) return it;
  return calls.end();
}

[[nodiscard]] inline HeldCalls::iterator find_call(HeldCalls& calls, const Connection& connection) {
  for (auto it = calls.begin(); it != calls.end(); ++it)
    if (it->second.connection.get() == &connection) return it;
  return calls.end();
}

}  // namespace x1::gate
