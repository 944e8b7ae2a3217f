#include "provider/call.hpp"

#include <doctest/doctest.h>

namespace x1::provider {
namespace {

constexpr std::string_view list_call = R"({"ticket":"t","mode":"plan","tool":"calendar_list_events",
  "arguments":{"start":"2026-11-24T00:00:00Z"},"connection":{"url":"https://cal.example/ada/work/"}})";

TEST_CASE("a call is read whole") {
  const auto call = parse_call(list_call);
  REQUIRE(call.ok());
  CHECK(call->mode == Mode::plan);
  CHECK(call->tool == "calendar_list_events");
  CHECK(call->connection.path == "/ada/work/");
  CHECK(call->answers.empty());
}

TEST_CASE("answers come as text or as base64") {
  const auto call = parse_call(R"({"ticket":"t","mode":"run","tool":"x","arguments":{},"state":"s",
    "connection":{"url":"https://cal.example/"},
    "answers":[{"status":207,"headers":{"etag":"\"1\""},"body":"<x/>"},
               {"status":200,"headers":{},"body_base64":"AP8="}]})");
  REQUIRE(call.ok());
  CHECK(call->state == "s");
  REQUIRE(call->answers.size() == 2);
  CHECK(call->answers[0].body == "<x/>");
  CHECK(call->answers[0].headers == std::vector<wire::Header>{{"etag", "\"1\""}});
  CHECK(call->answers[1].body == std::string("\0\xff", 2));
}

TEST_CASE("a call with an unknown member, a wrong mode or a plain path is refused") {
  CHECK_FALSE(parse_call(R"({"ticket":"t","mode":"plan","tool":"x","arguments":{},"extra":1,
    "connection":{"url":"https://cal.example/"}})")
                  .ok());
  CHECK_FALSE(parse_call(R"({"ticket":"t","mode":"maybe","tool":"x","arguments":{},
    "connection":{"url":"https://cal.example/"}})")
                  .ok());
  CHECK_FALSE(parse_call(R"({"ticket":"t","mode":"run","tool":"x","arguments":{},
    "connection":{"url":"/ada"}})")
                  .ok());
}

TEST_CASE("each kind of reply has its own member") {
  CHECK(encode_reply(Finished{wire::Value::Object{{"events", wire::Value::Array{}}}}) == R"({"result":{"events":[]}})");
  CHECK(encode_reply(Failed{base::Code::not_found, "There is no such event."}) ==
        R"({"error":{"code":"not_found","message":"There is no such event."}})");
  CHECK(encode_reply(Wants{{{wire::Method::report, "/ada/", {{"depth", "1"}}, "<q/>"}}, "s"}) ==
        R"({"http":[{"body":"<q/>","headers":{"depth":"1"},"method":"REPORT","target":"/ada/"}],"state":"s"})");
}

}  // namespace
}  // namespace x1::provider
