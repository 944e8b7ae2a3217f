#include "gate/route.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "gate/mcp.hpp"
#include "wire/fields.hpp"
#include "wire/json.hpp"

namespace x1::gate {
namespace {

using base::Code;
using wire::Method;

Refused refuse(int status, Code code, std::string message) {
  return Refused{.status = status, .why = {code, std::move(message), ""}, .allow = {}};
}

Refused wrong_method(std::string allow) {
  auto refused = refuse(405, Code::unsupported, "This path does not take that method.");
  refused.allow = std::move(allow);
  return refused;
}

bool is_json(const wire::HttpRequest& request) noexcept {
  constexpr std::string_view json = "application/json";
  const auto* type = request.header("content-type");
  return type != nullptr && type->starts_with(json) &&
         (type->size() == json.size() || type->at(json.size()) == ';' || type->at(json.size()) == ' ');
}

bool accepts(std::string_view accept, std::string_view type, std::string_view family) noexcept {
  return accept.find(type) != accept.npos || accept.find(family) != accept.npos || accept.find("*/*") != accept.npos;
}

std::optional<Refused> check_caller(const wire::HttpRequest& request, const Place& place) {
  const auto* host = request.header("host");
  if (host == nullptr || std::ranges::find(place.hosts, *host) == place.hosts.end()) {
    return refuse(403, Code::forbidden, "The Host header does not name this gate.");
  }
  const auto* origin = request.header("origin");
  if (origin != nullptr && std::ranges::find(place.origins, *origin) == place.origins.end()) {
    return refuse(403, Code::forbidden, "Requests from that origin are not taken.");
  }
  return std::nullopt;
}

std::string session_of(const wire::HttpRequest& request) {
  const auto* session = request.header("mcp-session-id");
  return session == nullptr ? std::string() : *session;
}

Route route_mcp(const wire::HttpRequest& request) {
  const bool listens = request.method == Method::get;
  if (!listens && request.method != Method::post && request.method != Method::delete_) {
    return wrong_method("GET, POST, DELETE");
  }
  const auto* version = request.header("mcp-protocol-version");
  if (version != nullptr && !mcp::is_supported_version(*version)) {
    return refuse(400, Code::unsupported, "That MCP-Protocol-Version is not supported.");
  }
  if (request.method == Method::delete_) return McpEnd{session_of(request)};
  const auto* accept = request.header("accept");
  const std::string_view wanted = accept == nullptr ? std::string_view() : *accept;
  const bool takes_stream = accepts(wanted, "text/event-stream", "text/*");
  if (listens) {
    if (takes_stream) return McpListen{session_of(request)};
    return refuse(406, Code::unsupported, "Who listens accepts text/event-stream.");
  }
  if (!is_json(request)) return refuse(415, Code::unsupported, "The body of a POST is application/json.");
  if (!takes_stream || !accepts(wanted, "application/json", "application/*")) {
    return refuse(406, Code::unsupported, "A client accepts both application/json and text/event-stream.");
  }
  return McpPost{.session = session_of(request), .may_stream = takes_stream};
}

base::Result<Route> read_turn_post(const wire::HttpRequest& request, std::uint64_t turn, bool output) {
  X1_TRY(body, wire::parse_json(request.body, wire::JsonLimits{.bytes = mcp::max_message_bytes, .depth = 4}));
  wire::Fields fields(body, output ? "the turn's output" : "the end of the turn");
  auto text = output ? fields.string("text", max_output_bytes) : fields.string("outcome", 16);
  X1_TRY(finished, fields.finish());
  if (output) return Route(TurnOutput{turn, std::move(text)});
  if (text != "completed" && text != "failed") {
    return base::Error{Code::invalid_request, "A turn's outcome is completed or failed.", ""};
  }
  return Route(TurnDone{turn, std::move(text)});
}

// `rest` is what follows "/turns/".
Route route_turn(const wire::HttpRequest& request, std::string_view rest) {
  std::uint64_t turn = 0;
  const auto number = rest.substr(0, rest.find('/'));
  const auto read = std::from_chars(number.begin(), number.end(), turn);
  const auto verb = rest.substr(std::min(rest.size(), number.size()));
  const bool known = verb == "/output" || verb == "/done";
  if (!known || read.ec != std::errc() || read.ptr != number.end() || number.starts_with('0')) {
    return refuse(404, Code::not_found, "There is nothing at that path.");
  }
  if (request.method != Method::post) return wrong_method("POST");
  if (!is_json(request)) return refuse(415, Code::unsupported, "The body of a POST is application/json.");
  auto post = read_turn_post(request, turn, verb == "/output");
  if (post.ok()) return std::move(post).value();
  return Refused{.status = post.error().code == Code::too_large ? 413 : 400, .why = post.error(), .allow = {}};
}

}  // namespace

Place place_at(std::uint16_t port) {
  Place place;
  for (const std::string_view name : {"127.0.0.1", "localhost"}) {
    place.hosts.push_back(std::string(name) + ":" + std::to_string(port));
    place.origins.push_back("http://" + place.hosts.back());
  }
  return place;
}

Route route(const wire::HttpRequest& request, const Place& place) {
  if (auto refused = check_caller(request, place)) return std::move(*refused);
  const std::string_view target = request.target;
  constexpr std::string_view turns = "/turns";
  if (target == "/mcp") return route_mcp(request);
  if (target == "/") return request.method == Method::get ? Route(Health{}) : Route(wrong_method("GET"));
  if (target == turns) return request.method == Method::get ? Route(FollowTurns{}) : Route(wrong_method("GET"));
  if (target.starts_with("/turns/")) return route_turn(request, target.substr(turns.size() + 1));
  return refuse(404, Code::not_found, "There is nothing at that path.");
}

}  // namespace x1::gate
