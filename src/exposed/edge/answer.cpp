#include "edge/answer.hpp"

#include "seam/operations.hpp"
#include "wire/http.hpp"
#include "wire/json.hpp"
#include "wire/sse.hpp"

namespace x1::edge {
namespace {

// Nothing here is a page: it may load nothing, run nothing, be framed by nothing and be kept nowhere.
std::vector<wire::Header> protective_headers() {
  return {{"cache-control", "no-store"},
          {"content-security-policy", "default-src 'none'; frame-ancestors 'none'"},
          {"cross-origin-resource-policy", "same-origin"},
          {"referrer-policy", "no-referrer"},
          {"x-content-type-options", "nosniff"},
          {"x-frame-options", "DENY"}};
}

std::string bytes_of(std::uint16_t status, const wire::Value& body, std::vector<wire::Header> more, bool keep_alive) {
  wire::HttpResponse response{.status = status, .headers = protective_headers(), .body = {}, .keep_alive = keep_alive};
  response.headers.insert(response.headers.end(), more.begin(), more.end());
  if (!body.is_null()) {
    response.headers.push_back({"content-type", "application/json"});
    response.body = wire::canonical_json(body) + "\n";
  }
  return wire::serialise(response);
}

}  // namespace

std::string answer(const seam::edge::Reply& reply, bool keep_alive, bool may_set_cookie) {
  std::vector<wire::Header> passed;
  for (const auto& header : reply.headers) {
    if (header.name == "retry-after" || (header.name == "set-cookie" && may_set_cookie)) passed.push_back(header);
  }
  return bytes_of(reply.status, reply.body, std::move(passed), keep_alive);
}

std::string refusal(const base::Error& error, bool keep_alive) {
  return bytes_of(seam::status_of(error.code), seam::error_body(error), {}, keep_alive);
}

std::string stream_head() {
  auto headers = protective_headers();
  std::erase_if(headers, [](const wire::Header& header) { return header.name == "cache-control"; });  // it sets its own
  return wire::event_stream_head(headers);
}

std::string stream_event(const seam::edge::StreamEvent& event) {
  return wire::chunk(wire::serialise(wire::ServerSentEvent{
      .id = std::to_string(event.number), .event = event.type, .data = wire::canonical_json(event.data)}));
}

std::string stream_heartbeat() { return wire::chunk(":\n\n"); }
std::string stream_end() { return "0\r\n\r\n"; }

}  // namespace x1::edge
