#include "broker/strayed.hpp"

#include "base/encoding.hpp"

namespace x1::broker {
namespace {

using wire::PlannedRequest;

// A person compares two of these on a screen. The digest of the row covers the rest.
constexpr std::size_t shown_body = 16 * 1024;

std::string address_of(const PlannedRequest& request) {
  return std::string(wire::to_string(request.method)) + " " + wire::to_string(request.origin) + request.target;
}

std::string body_of(const PlannedRequest& request) {
  const auto size =
      std::to_string(request.body.size()) + " bytes, SHA-256 " + crypto::to_hex(crypto::sha256(request.body));
  if (request.body.empty()) return "(no body)";
  if (request.body.size() > shown_body || !base::is_utf8(request.body)) return "(a body of " + size + ")";
  return "\n" + request.body + "\n(" + size + ")";
}

std::string in_words(const PlannedRequest* request) {
  if (request == nullptr) return "nothing more";
  std::string text = address_of(*request);
  for (const auto& header : request->headers)
    text.append("\n").append(header.name).append(": ").append(header.value);
  return text.append("\n").append(body_of(*request));
}

wire::Value in_a_row(const PlannedRequest* request) {
  if (request == nullptr) return {};
  return wire::Value::Object{{"target", address_of(*request)}, {"digest", crypto::to_hex(wire::digest_of(*request))}};
}

}  // namespace

NewEvent refusal_event(const Strayed& strayed) {
  return NewEvent{"provider.refused",
                  {{"call", strayed.call.id.text()},
                   {"tool", strayed.call.tool},
                   {"provider", strayed.provider},
                   {"reason", to_string(strayed.reason)},
                   {"planned", in_words(strayed.planned)},
                   {"wanted", in_words(&strayed.wanted)}}};
}

wire::Value refusal_detail(const Strayed& strayed) {
  return wire::Value::Object{{"call", strayed.call.id.text()},
                             {"provider", strayed.provider},
                             {"planned", in_a_row(strayed.planned)},
                             {"wanted", in_a_row(&strayed.wanted)}};
}

}  // namespace x1::broker
