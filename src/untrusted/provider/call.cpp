#include "provider/call.hpp"

#include <utility>

#include "base/encoding.hpp"
#include "wire/fields.hpp"
#include "wire/json.hpp"

namespace x1::provider {
namespace {

constexpr std::size_t max_call_bytes = 8 << 20;
constexpr std::size_t max_state_bytes = 16 * 1024;
constexpr std::size_t max_answers = 16;

base::Result<std::vector<wire::Header>> headers_from(const wire::Value& value) {
  std::vector<wire::Header> headers;
  const auto* object = value.object();
  if (object == nullptr) return base::Error{base::Code::invalid_request, "The headers of an answer are no object.", ""};
  for (const auto& [name, text] : *object) {
    if (text.string() == nullptr) {
      return base::Error{base::Code::invalid_request, "The header " + name + " is no text.", ""};
    }
    headers.push_back({name, *text.string()});
  }
  return headers;
}

base::Result<Answer> answer_from(const wire::Value& value) {
  wire::Fields fields(value, "an answer");
  Answer answer;
  answer.status = static_cast<int>(fields.integer("status", 100, 999));
  X1_TRY(headers, headers_from(fields.any("headers")));
  answer.headers = std::move(headers);
  auto text = fields.optional_string("body", max_call_bytes);
  const auto binary = fields.optional_string("body_base64", max_call_bytes);
  X1_TRY(finished, fields.finish());
  static_cast<void>(finished);
  if (binary) {
    X1_TRY(bytes, base::base64_decode(*binary));
    answer.body = std::string(base::as_text(bytes));
  } else {
    answer.body = std::move(text).value_or("");
  }
  return answer;
}

base::Result<std::vector<Answer>> answers_from(const wire::Value& value) {
  std::vector<Answer> answers;
  const auto* array = value.array();
  if (array == nullptr || array->size() > max_answers) {
    return base::Error{base::Code::invalid_request, "The answers are not a list of at most 16.", ""};
  }
  for (const auto& each : *array) {
    X1_TRY(answer, answer_from(each));
    answers.push_back(std::move(answer));
  }
  return answers;
}

base::Result<wire::Url> connection_from(const wire::Value& value) {
  wire::Fields fields(value, "the connection");
  const auto url = fields.string("url");
  X1_TRY(finished, fields.finish());
  static_cast<void>(finished);
  return wire::parse_url(url);
}

wire::Value to_value(const Request& request) {
  wire::Value::Object headers;
  for (const auto& header : request.headers)
    headers.emplace(header.name, header.value);
  wire::Value::Object object{
      {"method", std::string(to_string(request.method))}, {"target", request.target}, {"headers", std::move(headers)}};
  if (!request.body.empty()) object.emplace("body", request.body);
  return object;
}

struct ReplyValue {
  wire::Value operator()(const Finished& finished) const { return wire::Value::Object{{"result", finished.result}}; }
  wire::Value operator()(const Wants& wants) const {
    wire::Value::Array requests;
    for (const auto& request : wants.requests)
      requests.push_back(to_value(request));
    wire::Value::Object object{{"http", std::move(requests)}};
    if (!wants.state.empty()) object.emplace("state", wants.state);
    return object;
  }
  wire::Value operator()(const Failed& failed) const {
    return wire::Value::Object{
        {"error", wire::Value::Object{{"code", std::string(to_string(failed.code))}, {"message", failed.message}}}};
  }
};

}  // namespace

base::Result<Call> parse_call(std::string_view json) {
  X1_TRY(value, wire::parse_json(json, {.bytes = max_call_bytes}));
  wire::Fields fields(value, "the call");
  static_cast<void>(fields.string("ticket"));  // the broker's own: a provider carries it and can't read it
  const auto mode = fields.string("mode");
  Call call;
  call.tool = fields.string("tool", 64);
  call.arguments = fields.any("arguments");
  const auto connection = fields.any("connection");
  call.state = fields.optional_string("state", max_state_bytes).value_or("");
  const auto answers = fields.optional_any("answers");
  if (mode != "plan" && mode != "run") fields.fail("mode", "is neither plan nor run");
  X1_TRY(finished, fields.finish());
  static_cast<void>(finished);
  call.mode = mode == "plan" ? Mode::plan : Mode::run;
  X1_TRY(url, connection_from(connection));
  call.connection = std::move(url);
  if (answers) {
    X1_TRY(list, answers_from(*answers));
    call.answers = std::move(list);
  }
  return call;
}

std::string encode_reply(const Reply& reply) { return wire::canonical_json(std::visit(ReplyValue{}, reply)); }

}  // namespace x1::provider
