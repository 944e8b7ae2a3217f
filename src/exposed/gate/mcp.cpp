#include "gate/mcp.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "wire/json.hpp"

namespace x1::gate::mcp {
namespace {

using wire::Value;

constexpr std::array versions{latest_version, std::string_view("2025-06-18"), std::string_view("2025-03-26")};
// The least serious first (RFC 5424).
constexpr std::array<std::string_view, 8> levels{"debug", "info",     "notice", "warning",
                                                 "error", "critical", "alert",  "emergency"};
constexpr std::string_view own_level = "notice";
constexpr std::size_t max_id_bytes = 256;
constexpr std::size_t max_name_bytes = 128;

constexpr int parse_error = -32700;
constexpr int invalid_request = -32600;
constexpr int invalid_params = -32602;

constexpr std::string_view instructions =
    "These tools act with a person's accounts, and each needs that person's agreement. When a tool answers with code "
    "permission_required, call request_permission with the same tool and arguments; it waits for the person's "
    "decision, or answers with a ticket if you ask it not to wait. Then call the tool again.";

// A string or an integer, as JSON text. Null, fractions and overlong strings are no ids (the specification's
// RequestId and ProgressToken).
std::optional<std::string> id_text(const Value* id) {
  if (id == nullptr) return std::nullopt;
  const auto* text = id->string();
  if (text != nullptr && text->size() > max_id_bytes) return std::nullopt;
  if (text == nullptr && id->integer() == nullptr) return std::nullopt;
  return wire::canonical_json(*id);
}

Malformed malformed(int code, std::string message, std::string id = "null") {
  return Malformed{.code = code, .message = std::move(message), .id = std::move(id)};
}

Message read_initialize(std::string id, const Value& params) {
  const auto* version = params.find_string("protocolVersion");
  if (version == nullptr) return malformed(invalid_params, "initialize needs a protocolVersion.", std::move(id));
  const auto* capabilities = params.find("capabilities");
  const auto* elicitation = capabilities == nullptr ? nullptr : capabilities->find("elicitation");
  return Initialize{std::move(id), *version, elicitation != nullptr && elicitation->object() != nullptr};
}

Message read_level(std::string id, const Value& params) {
  const auto* level = params.find_string("level");
  const auto known = level == nullptr ? levels.end() : std::ranges::find(levels, *level);
  if (known == levels.end()) return malformed(invalid_params, "There is no such level.", std::move(id));
  return SetLevel{std::move(id), known <= std::ranges::find(levels, own_level)};
}

Message read_call(std::string id, const Value& params) {
  const auto* name = params.find_string("name");
  if (name == nullptr || name->empty() || name->size() > max_name_bytes) {
    return malformed(invalid_params, "tools/call needs the name of a tool.", std::move(id));
  }
  CallTool call{.id = std::move(id), .tool = *name, .arguments = Value::Object{}, .progress_token = {}};
  if (const auto* arguments = params.find("arguments"); arguments != nullptr) {
    if (arguments->object() == nullptr) {
      return malformed(invalid_params, "The arguments of a tool are an object.", std::move(call.id));
    }
    call.arguments = *arguments;
  }
  const auto* meta = params.find("_meta");
  const auto* token = meta == nullptr ? nullptr : meta->find("progressToken");
  if (token != nullptr) call.progress_token = id_text(token).value_or(std::string());
  return call;
}

Message read_request(std::string id, std::string_view method, const Value& params) {
  if (method == "tools/call") return read_call(std::move(id), params);
  if (method == "tools/list") return ListTools{std::move(id)};
  if (method == "ping") return Ping{std::move(id)};
  if (method == "logging/setLevel") return read_level(std::move(id), params);
  if (method == "initialize") return read_initialize(std::move(id), params);
  return UnknownMethod{std::move(id)};
}

Message read_notification(std::string_view method, const Value& params) {
  if (method != "notifications/cancelled") return Noted{};
  auto id = id_text(params.find("requestId"));
  if (!id) return Noted{};
  return Cancelled{std::move(*id)};
}

// `json` is canonical text; put into a string it is quoted once more.
std::string tool_result(std::string_view id, const std::string& json, bool structured, bool failed) {
  std::string out;
  out.reserve(2 * json.size() + 160);
  out.append(R"({"jsonrpc":"2.0","id":)").append(id).append(R"(,"result":{"content":[{"type":"text","text":)");
  wire::append_canonical_json(Value(json), out);
  out.append(failed ? R"(}],"isError":true)" : R"(}],"isError":false)");
  if (structured) out.append(R"(,"structuredContent":)").append(json);
  return out.append("}}");
}

// A message that the gate begins: a request if it has an id.
std::string unasked(std::string_view method, const Value& params, const std::string& id = {}) {
  Value::Object message{{"jsonrpc", Value("2.0")}, {"method", Value(method)}, {"params", params}};
  if (!id.empty()) message.emplace("id", Value(id));
  return wire::canonical_json(Value(std::move(message)));
}

std::string announcement_id(std::string_view ticket) { return "x1-" + std::string(ticket); }

}  // namespace

bool is_supported_version(std::string_view version) noexcept {
  return std::ranges::find(versions, version) != versions.end();
}

Message read(std::string_view body) {
  auto parsed = wire::parse_json(body, wire::JsonLimits{.bytes = max_message_bytes});
  if (!parsed.ok()) return malformed(parse_error, parsed.error().message);
  const Value& message = *parsed;
  if (message.array() != nullptr) return malformed(invalid_request, "Batches are not taken: send one message a POST.");
  const auto* version = message.find_string("jsonrpc");
  if (version == nullptr || *version != "2.0") return malformed(invalid_request, "This is no JSON-RPC 2.0 message.");

  const auto* given_id = message.find("id");
  auto id = id_text(given_id);
  if (given_id != nullptr && !id) return malformed(invalid_request, "An id is a string or an integer.");

  const auto* method = message.find_string("method");
  if (method == nullptr) {
    const bool answer = message.find("method") == nullptr && id && (message.find("result") || message.find("error"));
    if (answer) return Noted{};
    return malformed(invalid_request, "The message has no method.", std::move(id).value_or("null"));
  }
  static const Value no_params{Value::Object{}};
  const auto* params = message.find("params");
  if (params == nullptr) params = &no_params;
  if (params->object() == nullptr) {
    return malformed(invalid_params, "params is an object.", std::move(id).value_or("null"));
  }
  return id ? read_request(std::move(*id), *method, *params) : read_notification(*method, *params);
}

std::string initialize_answer(const Initialize& request) {
  const auto version = is_supported_version(request.version) ? std::string_view(request.version) : latest_version;
  const Value result(Value::Object{
      {"protocolVersion", Value(version)},
      {"capabilities", Value(Value::Object{{"logging", Value(Value::Object{})}, {"tools", Value(Value::Object{})}})},
      {"serverInfo", Value(Value::Object{{"name", Value("x1agent")}, {"version", Value("0.1.0")}})},
      {"instructions", Value(instructions)},
  });
  std::string out(R"({"jsonrpc":"2.0","id":)");
  out.append(request.id).append(R"(,"result":)");
  wire::append_canonical_json(result, out);
  return out.append("}");
}

std::string empty_answer(std::string_view id) {
  return std::string(R"({"jsonrpc":"2.0","id":)").append(id).append(R"(,"result":{}})");
}

std::string tools_answer(std::string_view id, std::string_view tools) {
  std::string out;
  out.reserve(tools.size() + id.size() + 64);
  return out.append(R"({"jsonrpc":"2.0","id":)").append(id).append(R"(,"result":{"tools":)").append(tools).append("}}");
}

std::string result_answer(std::string_view id, const Value& result) {
  return tool_result(id, wire::canonical_json(result), result.object() != nullptr, false);
}

std::string refusal_answer(std::string_view id, const base::Error& why, const Value& detail) {
  Value::Object said{{"code", Value(base::to_string(why.code))}, {"message", Value(why.message)}};
  if (!why.next.empty()) said.emplace("next", Value(why.next));
  if (!detail.is_null()) said.emplace("detail", detail);
  return tool_result(id, wire::canonical_json(Value(std::move(said))), true, true);
}

std::string error_answer(std::string_view id, int code, std::string_view message) {
  std::string out(R"({"jsonrpc":"2.0","id":)");
  out.append(id).append(R"(,"error":{"code":)").append(std::to_string(code)).append(R"(,"message":)");
  wire::append_canonical_json(Value(message), out);
  return out.append("}}");
}

std::string progress(std::string_view token, std::uint64_t count) {
  std::string out(R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)");
  out.append(token).append(R"(,"progress":)").append(std::to_string(count));
  return out.append(R"(,"message":"Waiting for an answer."}})");
}

std::string decision_notice(std::string_view ticket, std::string_view status) {
  const Value params(
      Value::Object{{"level", Value(own_level)},
                    {"logger", Value("x1agent.permission")},
                    {"data", Value(Value::Object{{"ticket", Value(ticket)}, {"status", Value(status)}})}});
  return unasked("notifications/message", params);
}

std::string announcement(std::string_view ticket, std::string_view scope_title) {
  std::string text("x1agent asks the person for permission: ");
  text.append(scope_title)
      .append(". Only they can decide, where they talk to x1agent; nothing that is answered here counts.");
  const Value params(Value::Object{
      {"message", Value(text)},
      {"requestedSchema", Value(Value::Object{{"type", Value("object")}, {"properties", Value(Value::Object{})}})}});
  return unasked("elicitation/create", params, announcement_id(ticket));
}

std::string announcement_over(std::string_view ticket) {
  return unasked("notifications/cancelled", Value(Value::Object{{"requestId", Value(announcement_id(ticket))},
                                                                {"reason", Value("The question is decided.")}}));
}

}  // namespace x1::gate::mcp
