// The Model Context Protocol as text: what one POST body asks for, and the JSON-RPC texts that answer it. Pure: no
// session, clock or socket. https://modelcontextprotocol.io/specification/2025-11-25 (base protocol, tools).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.hpp"
#include "wire/value.hpp"

namespace x1::gate::mcp {

// Newest first. A client that asks for another version is offered the newest.
inline constexpr std::string_view latest_version = "2025-11-25";
[[nodiscard]] bool is_supported_version(std::string_view version) noexcept;

inline constexpr std::size_t max_message_bytes = 1 << 20;

// `id` and `progress_token` are canonical JSON texts (a string or an integer), ready to be put into an answer.
struct Initialize {
  std::string id;
  std::string version;      // what the client asked for
  bool may_elicit = false;  // the client shows its person what a server asks
};
struct Ping {
  std::string id;
};
struct ListTools {
  std::string id;
};
struct CallTool {
  std::string id;
  std::string tool;
  wire::Value arguments;       // an object
  std::string progress_token;  // empty: the client wants no progress
};
// How serious a message has to be for the client to want it: ours are notices.
struct SetLevel {
  std::string id;
  bool wants_notices = true;
};
struct Cancelled {
  std::string id;  // of the request that the client has given up
};
// A notification, or an answer to a request of ours. Ours only announce something, so whatever is answered to them is
// nothing to act on or to say.
struct Noted {};
struct UnknownMethod {
  std::string id;
};
// Not JSON, not JSON-RPC 2.0, a batch, or parameters of the wrong shape.
struct Malformed {
  int code = -32600;
  std::string message;
  std::string id = "null";
};
using Message =
    std::variant<Initialize, Ping, ListTools, CallTool, SetLevel, Cancelled, Noted, UnknownMethod, Malformed>;

[[nodiscard]] Message read(std::string_view body);

// JSON-RPC answers. `tools` is the canonical JSON of an array.
[[nodiscard]] std::string initialize_answer(const Initialize& request);
[[nodiscard]] std::string empty_answer(std::string_view id);
[[nodiscard]] std::string tools_answer(std::string_view id, std::string_view tools);
// A call that worked: the result as text, and as structuredContent when it is an object.
[[nodiscard]] std::string result_answer(std::string_view id, const wire::Value& result);
// A call that did not: a tool result with isError, so that a model reads it. `detail` is an object or null.
[[nodiscard]] std::string refusal_answer(std::string_view id, const base::Error& why, const wire::Value& detail);
// A JSON-RPC error.
[[nodiscard]] std::string error_answer(std::string_view id, int code, std::string_view message);
// notifications/progress: the call is still waiting; `count` must grow.
[[nodiscard]] std::string progress(std::string_view token, std::uint64_t count);

// What the gate says unasked, to a client that listens. A decision of the person has fallen: notifications/message.
[[nodiscard]] std::string decision_notice(std::string_view ticket, std::string_view status);
// elicitation/create: a decision waits. It asks for nothing: only the person decides, and not by way of the agent.
[[nodiscard]] std::string announcement(std::string_view ticket, std::string_view scope_title);
// notifications/cancelled: that announcement is of no use any more.
[[nodiscard]] std::string announcement_over(std::string_view ticket);

}  // namespace x1::gate::mcp
