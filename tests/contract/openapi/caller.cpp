#include "contract/openapi/caller.hpp"

#include <doctest/doctest.h>

#include <charconv>
#include <memory>

namespace x1::contract {

Ask Caller::ask_for(const Call& call) const {
  const auto& operation = openapi_.operation(call.operation);
  auto target = operation.path;
  for (const auto& value : call.path) {
    const auto open = target.find('{');
    REQUIRE(open != std::string::npos);
    target.replace(open, target.find('}') - open + 1, value);
  }
  return {operation.method, target + call.query, call.body, call.token.empty() ? world_.owner_token() : call.token, {}};
}

HttpClient Caller::begin(const Call& call) {
  auto client = call.token.empty() ? world_.over_unix() : world_.over_tcp();
  client.send(request_text(ask_for(call), world_.host()));
  return client;
}

Answer Caller::end(const Call& call, HttpClient& client, int expected) {
  const auto& operation = openapi_.operation(call.operation);
  auto answer = client.answer(*wire::method_from(operation.method));
  CAPTURE(call.operation);
  const auto* message = answer.body.find_string("message");
  INFO((message == nullptr ? std::string() : *message));
  CHECK(answer.status == expected);
  const auto& declared = openapi_.response(operation, answer.status);
  const auto* content = declared.find("content");
  if (content == nullptr) {
    CHECK(answer.body.is_null());
  } else {
    const auto problem = openapi_.problem(*content->find("application/json")->find("schema"), answer.body);
    CHECK_MESSAGE(!problem, problem.value_or(""));
  }
  CHECK(answer.header("content-security-policy") == "default-src 'none'; frame-ancestors 'none'");
  CHECK(answer.header("x-content-type-options") == "nosniff");
  CHECK(answer.header("cache-control") == "no-store");
  saw(call.operation, answer.status);
  return answer;
}

Answer Caller::operator()(const Call& call, int expected) {
  auto client = begin(call);
  return end(call, client, expected);
}

std::vector<std::string> Caller::unseen() const {
  std::vector<std::string> missing;
  for (const auto& operation : openapi_.operations()) {
    for (const auto& [status, response] : *operation.value->find("responses")->object()) {
      int number = 0;
      std::from_chars(std::to_address(status.cbegin()), std::to_address(status.cend()), number);
      if (number != 0 && !seen_.contains({operation.id, number})) missing.push_back(operation.id + " " + status);
    }
  }
  return missing;
}

}  // namespace x1::contract
