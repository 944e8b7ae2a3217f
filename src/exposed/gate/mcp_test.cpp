#include "gate/mcp.hpp"

#include <doctest/doctest.h>

#include "wire/json.hpp"

using namespace x1;
using namespace x1::gate;
using wire::Value;

namespace {

template <class Kind>
Kind read_as(std::string_view body) {
  auto message = mcp::read(body);
  REQUIRE(std::holds_alternative<Kind>(message));
  return std::get<Kind>(std::move(message));
}

Value parsed(const std::string& text) {
  auto value = wire::parse_json(text);
  REQUIRE(value.ok());
  return *value;
}

const Value& member(const Value& value, std::string_view name) {
  const auto* found = value.find(name);
  REQUIRE(found != nullptr);
  return *found;
}

}  // namespace

TEST_CASE("a call carries its tool, its arguments and its progress token") {
  const auto call = read_as<mcp::CallTool>(
      R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":)"
      R"({"name":"calendar_list_events","arguments":{"start":"x"},"_meta":{"progressToken":"p"}}})");
  CHECK(call.id == "7");
  CHECK(call.tool == "calendar_list_events");
  CHECK(call.arguments == Value(Value::Object{{"start", Value("x")}}));
  CHECK(call.progress_token == "\"p\"");
}

TEST_CASE("a call without arguments has an empty object of them") {
  const auto call = read_as<mcp::CallTool>(R"({"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"t"}})");
  CHECK(call.arguments == Value(Value::Object{}));
  CHECK(call.progress_token.empty());
}

TEST_CASE("arguments that are no object, and a call without a name, are refused with the id") {
  for (const auto* params :
       {R"({"name":"t","arguments":[1]})", R"({"arguments":{}})", R"({"name":7})", R"({"name":""})"}) {
    const auto bad = read_as<mcp::Malformed>(std::string(R"({"jsonrpc":"2.0","id":3,"method":"tools/call","params":)") +
                                             params + "}");
    CHECK(bad.code == -32602);
    CHECK(bad.id == "3");
  }
}

TEST_CASE("batches are refused, so that two calls never travel as one") {
  CHECK(read_as<mcp::Malformed>(R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])").code == -32600);
  CHECK(read_as<mcp::Malformed>("[]").code == -32600);
}

TEST_CASE("what is not strict JSON is a parse error") {
  for (const auto* body : {"", "{", R"({"jsonrpc":"2.0","jsonrpc":"2.0","id":1,"method":"ping"})", "{} x", "\xff"})
    CHECK(read_as<mcp::Malformed>(body).code == -32700);
}

TEST_CASE("an id is a string or an integer, and nothing else") {
  for (const auto* id : {"null", "1.5", "true", "{}", "[1]"})
    CHECK(read_as<mcp::Malformed>(std::string(R"({"jsonrpc":"2.0","method":"ping","id":)") + id + "}").code == -32600);
  const auto long_id = "\"" + std::string(300, 'x') + "\"";
  CHECK(read_as<mcp::Malformed>(R"({"jsonrpc":"2.0","method":"ping","id":)" + long_id + "}").code == -32600);
}

TEST_CASE("a message of another protocol, or none at all, is refused") {
  for (const auto* body : {R"({"id":1,"method":"ping"})", R"({"jsonrpc":"1.0","id":1,"method":"ping"})",
                           R"({"jsonrpc":"2.0","id":1})", R"({"jsonrpc":"2.0","id":1,"method":7})", "7", "null"})
    CHECK(read_as<mcp::Malformed>(body).code == -32600);
  CHECK(read_as<mcp::Malformed>(R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[]})").code == -32602);
}

TEST_CASE("ping, tools/list and unknown methods are told apart") {
  CHECK(read_as<mcp::Ping>(R"({"jsonrpc":"2.0","id":1,"method":"ping"})").id == "1");
  CHECK(read_as<mcp::ListTools>(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})").id == "1");
  CHECK(read_as<mcp::UnknownMethod>(R"({"jsonrpc":"2.0","id":1,"method":"resources/list"})").id == "1");
}

TEST_CASE("a cancellation names the request; other notifications and answers to nothing are noted") {
  CHECK(read_as<mcp::Cancelled>(
            R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":12,"reason":"r"}})")
            .id == "12");
  read_as<mcp::Noted>(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  read_as<mcp::Noted>(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{}})");
  read_as<mcp::Noted>(R"({"jsonrpc":"2.0","id":1,"result":{}})");
}

TEST_CASE("E2: whatever a client answers to an announcement is nothing to act on") {
  for (const auto* answer :
       {R"("result":{"action":"accept","content":{"answer":"once","lifetime":"session"}})",
        R"("result":{"action":"accept"})", R"("result":{"action":"decline"})", R"("result":{"action":"cancel"})",
        R"("result":"yes")", R"("result":[{"action":"accept"}])", R"("error":{"code":-32601,"message":"y"})"})
    read_as<mcp::Noted>(std::string(R"({"jsonrpc":"2.0","id":"x1-c1",)") + answer + "}");
  // Nor does a client take the part of the server.
  for (const auto* method : {"elicitation/create", "sampling/createMessage", "roots/list"})
    read_as<mcp::UnknownMethod>(std::string(R"({"jsonrpc":"2.0","id":"x1-c1","method":")") + method +
                                R"(","params":{"action":"accept"}})");
}

TEST_CASE("an announcement asks for nothing, and says who decides") {
  const auto asked = parsed(mcp::announcement("c1", "Read \"work\" \u202e"));
  CHECK(member(asked, "id") == Value("x1-c1"));
  CHECK(member(asked, "method") == Value("elicitation/create"));
  const auto& params = member(asked, "params");
  CHECK(
      *member(params, "message").string() ==
      "x1agent asks the person for permission: Read \"work\" \u202e. Only they can decide, where they talk to x1agent; "
      "nothing that is answered here counts.");
  CHECK(member(member(params, "requestedSchema"), "properties") == Value(Value::Object{}));
  const auto over = parsed(mcp::announcement_over("c1"));
  CHECK(member(member(over, "params"), "requestId") == member(asked, "id"));
  CHECK(over.find("id") == nullptr);
}

TEST_CASE("a decision is a notice of the log, and tells the ticket and how it stands, nothing more") {
  const auto notice = parsed(mcp::decision_notice("c1", "granted"));
  CHECK(notice.find("id") == nullptr);
  const auto& params = member(notice, "params");
  CHECK(member(params, "level") == Value("notice"));
  CHECK(member(params, "data") == Value(Value::Object{{"status", Value("granted")}, {"ticket", Value("c1")}}));
}

TEST_CASE("a client says how serious a message has to be, in the words of the protocol") {
  const auto set = [](std::string_view level) {
    return R"({"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":")" + std::string(level) + "\"}}";
  };
  for (const auto* level : {"debug", "info", "notice"})
    CHECK(read_as<mcp::SetLevel>(set(level)).wants_notices);
  for (const auto* level : {"warning", "error", "critical", "alert", "emergency"})
    CHECK_FALSE(read_as<mcp::SetLevel>(set(level)).wants_notices);
  CHECK(read_as<mcp::Malformed>(set("loud")).code == -32602);
  CHECK(read_as<mcp::Malformed>(R"({"jsonrpc":"2.0","id":1,"method":"logging/setLevel"})").code == -32602);
}

TEST_CASE("a client that shows its person what servers ask says so when it begins") {
  const auto begun = [](std::string_view capabilities) {
    return read_as<mcp::Initialize>(
               R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":)" +
               std::string(capabilities) + "}}")
        .may_elicit;
  };
  CHECK(begun(R"({"elicitation":{}})"));
  CHECK(begun(R"({"elicitation":{"form":{}}})"));
  for (const auto* none : {"{}", R"({"elicitation":true})", R"({"elicitation":null})", "[]", "7"})
    CHECK_FALSE(begun(none));
}

TEST_CASE("a supported version is taken, any other is answered with the newest") {
  const auto agreed = [](std::string version) {
    const auto answer = parsed(mcp::initialize_answer({"1", std::move(version)}));
    return member(member(answer, "result"), "protocolVersion");
  };
  CHECK(agreed("2025-06-18") == Value("2025-06-18"));
  CHECK(agreed("2025-11-25") == Value("2025-11-25"));
  CHECK(agreed("1999-01-01") == Value(mcp::latest_version));
}

TEST_CASE("a result is text and, when it is an object, structured content") {
  const auto answer = parsed(mcp::result_answer("1", Value(Value::Object{{"b", Value(2)}, {"a", Value("\"q\"")}})));
  const auto& result = member(answer, "result");
  CHECK(member(result, "isError") == Value(false));
  CHECK(*member(member(result, "content").array()->at(0), "text").string() == R"({"a":"\"q\"","b":2})");
  CHECK(member(member(result, "structuredContent"), "b") == Value(2));
  const auto plain = parsed(mcp::result_answer("1", Value("done")));
  CHECK(member(plain, "result").find("structuredContent") == nullptr);
}

TEST_CASE("a refusal is a tool result that says code, message, next step and detail") {
  const base::Error why{base::Code::permission_required, "The person has not agreed.", "call request_permission"};
  const auto answer =
      parsed(mcp::refusal_answer("\"x\"", why, Value(Value::Object{{"scope", Value("calendar.read")}})));
  CHECK(member(answer, "id") == Value("x"));
  const auto& result = member(answer, "result");
  CHECK(member(result, "isError") == Value(true));
  const auto& said = member(result, "structuredContent");
  CHECK(member(said, "code") == Value("permission_required"));
  CHECK(member(said, "next") == Value("call request_permission"));
  CHECK(member(member(said, "detail"), "scope") == Value("calendar.read"));
  CHECK(*member(member(result, "content").array()->at(0), "text").string() == wire::canonical_json(said));
}
