// Encoding of the canonical request, and its digest. What a provider may plan at all: planned_request.cpp.
#include "wire/canonical_request.hpp"

#include <algorithm>
#include <utility>

#include "base/encoding.hpp"
#include "wire/fields.hpp"
#include "wire/json.hpp"

namespace x1::wire {
namespace {

using base::Error;

constexpr std::int64_t version = 1;
constexpr std::size_t max_requests = 256;
constexpr std::size_t max_name_bytes = 128;
constexpr std::int64_t max_body_bytes = std::int64_t{1} << 40;

Error malformed(std::string_view why) {
  return {base::Code::invalid_request, "In a canonical request: " + std::string(why) + ".", ""};
}

Value body_value(const PlannedRequest& request) {
  const auto by_digest = [](const crypto::Digest& digest, std::int64_t bytes) {
    return Value(Value::Object{{"bytes", bytes}, {"sha256", crypto::to_hex(digest)}});
  };
  if (request.elided) return by_digest(request.elided->sha256, request.elided->bytes);
  const auto& body = request.body;
  if (body.size() > max_shown_body) return by_digest(crypto::sha256(body), static_cast<std::int64_t>(body.size()));
  if (base::is_utf8(body)) return Value(body);
  return Value(Value::Object{{"base64", base::base64_encode(base::as_bytes(body))}});
}

base::Status read_body(const Value& value, PlannedRequest& request) {
  if (const auto* text = value.string()) {
    request.body = *text;
    return base::Done{};
  }
  Fields fields(value, "a body");
  if (value.find("base64") != nullptr) {
    const auto bytes = base::base64_decode(fields.string("base64", max_shown_body * 2));
    if (!bytes.ok()) return malformed("a body is not base64");
    request.body = base::as_text(*bytes);
    return fields.finish();
  }
  const auto digest = crypto::digest_from_hex(fields.string("sha256", 64));
  const auto bytes = fields.integer("bytes", static_cast<std::int64_t>(max_shown_body) + 1, max_body_bytes);
  X1_TRY(finished, fields.finish());
  if (!digest.ok()) return malformed("the digest of a body is malformed");
  request.elided = BodyDigest{*digest, bytes};
  return base::Done{};
}

// Pairs, not members of an object: order and repetition stay visible in the encoding.
Value headers_value(const std::vector<Header>& headers) {
  Value::Array pairs;
  pairs.reserve(headers.size());
  for (const auto& header : headers)
    pairs.emplace_back(Value::Array{header.name, header.value});
  return Value(std::move(pairs));
}

base::Result<std::vector<Header>> headers_from(const Value& value) {
  const auto* pairs = value.array();
  if (pairs == nullptr) return malformed("the headers are not a list");
  std::vector<Header> headers;
  headers.reserve(pairs->size());
  for (const auto& pair : *pairs) {
    const auto* parts = pair.array();
    const bool two =
        parts != nullptr && parts->size() == 2 && (*parts)[0].string() != nullptr && (*parts)[1].string() != nullptr;
    if (!two) return malformed("a header is not a pair of strings");
    headers.push_back(Header{*(*parts)[0].string(), *(*parts)[1].string()});
  }
  return headers;
}

base::Result<std::vector<PlannedRequest>> requests_from(const Value& value) {
  const auto* list = value.array();
  if (list == nullptr) return malformed("the requests are not a list");
  if (list->size() > max_requests) return malformed("there are too many requests");
  std::vector<PlannedRequest> requests;
  requests.reserve(list->size());
  for (const auto& item : *list) {
    X1_TRY(request, planned_request_from(item));
    requests.push_back(std::move(request));
  }
  return requests;
}

}  // namespace

Value to_value(const PlannedRequest& request) {
  return Value(Value::Object{
      {"body", body_value(request)},
      {"headers", headers_value(request.headers)},
      {"method", to_string(request.method)},
      {"origin", to_string(request.origin)},
      {"target", request.target},
  });
}

Value to_value(const CanonicalRequest& request) {
  Value::Array requests;
  requests.reserve(request.requests.size());
  for (const auto& planned : request.requests)
    requests.push_back(to_value(planned));
  return Value(Value::Object{
      {"actor", request.actor.text()},
      {"arguments", request.arguments},
      {"connection", request.connection.text()},
      {"requests", std::move(requests)},
      {"scope", request.scope},
      {"session", request.session.text()},
      {"tool", request.tool},
      {"version", version},
  });
}

base::Result<PlannedRequest> planned_request_from(const Value& value) {
  Fields fields(value, "a planned request");
  const auto method = fields.string("method", 16);
  const auto origin = fields.string("origin");
  PlannedRequest request;
  request.target = fields.string("target", 16 * 1024);
  const auto headers = fields.any("headers");
  const auto body = fields.any("body");
  X1_TRY(finished, fields.finish());
  X1_TRY(known, method_from(method));
  X1_TRY(parsed, parse_origin(origin));
  X1_TRY(pairs, headers_from(headers));
  X1_TRY(read, read_body(body, request));
  request.method = known;
  request.origin = std::move(parsed);
  request.headers = std::move(pairs);
  // One request, one encoding: a text body too long, or base64 of what is text, is somebody else's work.
  if (to_value(request) != value) return malformed("a request is not in its canonical form");
  return request;
}

base::Result<CanonicalRequest> canonical_request_from(const Value& value) {
  Fields fields(value, "a canonical request");
  const auto session = fields.id<base::SessionId>("session");
  const auto actor = fields.id<base::UserId>("actor");
  const auto connection = fields.id<base::ConnectionId>("connection");
  auto tool = fields.string("tool", max_name_bytes);
  auto scope = fields.string("scope", max_name_bytes);
  auto arguments = fields.any("arguments");
  const auto list = fields.any("requests");
  (void)fields.integer("version", version, version);
  X1_TRY(finished, fields.finish());
  X1_TRY(requests, requests_from(list));
  return CanonicalRequest{
      *session, *actor, std::move(tool), std::move(scope), *connection, std::move(arguments), std::move(requests)};
}

std::string encode(const CanonicalRequest& request) { return canonical_json(to_value(request)); }
crypto::Digest digest_of(const CanonicalRequest& request) { return crypto::sha256(encode(request)); }
crypto::Digest digest_of(const PlannedRequest& request) { return crypto::sha256(canonical_json(to_value(request))); }

}  // namespace x1::wire
