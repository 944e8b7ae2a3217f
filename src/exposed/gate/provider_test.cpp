#include "gate/provider.hpp"

#include <doctest/doctest.h>

using namespace x1;
using seam::gate::ProviderFailed;
using seam::gate::ProviderResult;
using seam::gate::ProviderWants;
using wire::Value;

namespace {

ProviderFailed refused(std::string_view bytes) {
  const auto message = gate::read_provider(9, bytes);
  REQUIRE(std::holds_alternative<ProviderFailed>(message));
  return std::get<ProviderFailed>(message);
}

std::string wanting(const std::string& request) { return R"({"http":[)" + request + "]}"; }

}  // namespace

TEST_CASE("a result is an object and carries the broker's number") {
  const auto message = gate::read_provider(9, R"({"result":{"events":[]}})");
  REQUIRE(std::holds_alternative<ProviderResult>(message));
  CHECK(std::get<ProviderResult>(message).parse == 9);
  CHECK(std::get<ProviderResult>(message).result == Value(Value::Object{{"events", Value(Value::Array{})}}));
}

TEST_CASE("wanted requests come with sorted headers, their body and the state") {
  const auto message = gate::read_provider(
      9, R"({"http":[{"method":"REPORT","target":"/a/?b=1","headers":{"depth":"1","accept":"text/xml"},"body":"<x/>"},)"
         R"({"method":"GET","target":"/a/b","body_base64":"AP8="}],"state":"s"})");
  REQUIRE(std::holds_alternative<ProviderWants>(message));
  const auto& wants = std::get<ProviderWants>(message);
  CHECK(wants.state == "s");
  REQUIRE(wants.requests.size() == 2);
  CHECK(wants.requests[0].method == wire::Method::report);
  CHECK(wants.requests[0].headers == std::vector<wire::Header>{{"accept", "text/xml"}, {"depth", "1"}});
  CHECK(wants.requests[0].body == "<x/>");
  CHECK(wants.requests[1].body == std::string("\0\xff", 2));
}

TEST_CASE("more than one kind of answer, or an unknown member, is no answer") {
  for (const auto* bytes :
       {R"({"result":{},"http":[]})", R"({"result":{},"error":{"code":"not_found","message":"m"}})", "{}", "[]", "7",
        "", R"({"result":{},"state":"s"})", R"({"error":{"code":"not_found","message":"m","token":"t"}})",
        R"({"result":7})", R"({"result":{},"result":{}})"})
    CHECK(refused(bytes).code == base::Code::provider_error);
}

TEST_CASE("a request that can't be sent is refused") {
  for (const auto* request :
       {R"({"method":"BREW","target":"/"})", R"({"method":"GET","target":"http://evil/"})",
        R"({"method":"GET","target":"/../x"})", R"({"method":"GET","target":"/","headers":{"Depth":"1"}})",
        R"({"method":"GET","target":"/","headers":{"depth":"1\r\nx: y"}})",
        R"({"method":"GET","target":"/","headers":{"depth":1}})", R"({"method":"GET","target":"/","headers":[]})",
        R"({"method":"GET","target":"/","body":"a","body_base64":"YQ=="})",
        R"({"method":"GET","target":"/","body_base64":"?"})", R"({"method":"GET"})", R"({"target":"/"})",
        R"({"method":"GET","target":"/","origin":"https://evil"})", "7"})
    CHECK(refused(wanting(request)).code == base::Code::provider_error);
}

TEST_CASE("at most sixteen requests, sixteen headers and 16 KiB of state") {
  std::string requests;
  for (int i = 0; i < 17; ++i)
    requests += std::string(i == 0 ? "" : ",") + R"({"method":"GET","target":"/"})";
  refused(wanting(requests));
  refused(R"({"http":[]})");
  refused(R"({"http":[{"method":"GET","target":"/"}],"state":")" + std::string(16 * 1024 + 1, 's') + "\"}");
  std::string headers;
  for (int i = 0; i < 17; ++i)
    headers += (i == 0 ? "\"h" : ",\"h") + std::to_string(i) + R"(":"v")";
  refused(wanting(R"({"method":"GET","target":"/","headers":{)" + headers + "}}"));
}

TEST_CASE("a provider's error passes with its own kind of code, and never as the platform's") {
  const auto known = refused(R"({"error":{"code":"not_found","message":"No such event."}})");
  CHECK(known.code == base::Code::not_found);
  CHECK(known.message == "No such event.");
  for (const auto* code : {"permission_denied", "permission_required", "no_active_turn", "internal", "nonsense"}) {
    CHECK(refused(std::string(R"({"error":{"message":"m","code":")") + code + "\"}}").code ==
          base::Code::provider_error);
  }
}
