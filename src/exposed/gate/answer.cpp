#include "gate/answer.hpp"

#include "wire/json.hpp"
#include "wire/value.hpp"

namespace x1::gate {

std::string json_answer(int status, std::string body, bool keep_alive, std::vector<wire::Header> headers) {
  headers.push_back({"content-type", "application/json"});
  return wire::serialise(wire::HttpResponse{
      .status = status, .headers = std::move(headers), .body = std::move(body), .keep_alive = keep_alive});
}

std::string empty_answer(int status, bool keep_alive) {
  return wire::serialise(wire::HttpResponse{.status = status, .headers = {}, .body = {}, .keep_alive = keep_alive});
}

std::string refusal(const Refused& refused, bool keep_alive) {
  wire::Value::Object said{{"code", wire::Value(base::to_string(refused.why.code))},
                           {"message", wire::Value(refused.why.message)}};
  if (!refused.why.next.empty()) said.emplace("next", wire::Value(refused.why.next));
  std::vector<wire::Header> headers;
  if (!refused.allow.empty()) headers.push_back({"allow", refused.allow});
  return json_answer(refused.status, wire::canonical_json(wire::Value(std::move(said))), keep_alive,
                     std::move(headers));
}

}  // namespace x1::gate
