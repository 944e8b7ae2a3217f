#include "gate/provider.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "wire/fields.hpp"
#include "wire/http.hpp"
#include "wire/json.hpp"
#include "wire/url.hpp"

namespace x1::gate {
namespace {

using base::Code;
using wire::Value;

constexpr std::array own_codes{Code::invalid_request, Code::not_found,      Code::conflict,      Code::unsupported,
                               Code::too_large,       Code::upstream_error, Code::provider_error};
constexpr std::size_t max_value_bytes = 4096;
constexpr std::size_t max_message_bytes = 1000;

base::Error wrong(std::string message) { return {Code::provider_error, std::move(message), ""}; }

bool is_header_name(std::string_view name) noexcept {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, fits);
}

bool is_header_value(std::string_view value) noexcept {
  return value.size() <= max_value_bytes && std::ranges::all_of(value, [](char c) { return c >= ' ' && c < '\x7f'; });
}

base::Status read_headers(const Value& value, std::vector<wire::Header>& headers) {
  const auto* members = value.object();
  if (members == nullptr) return wrong("The provider's headers are no object.");
  if (members->size() > max_provider_headers) return wrong("The provider wants too many headers.");
  for (const auto& [name, text] : *members) {
    const auto* line = text.string();
    if (line == nullptr || !is_header_name(name) || !is_header_value(*line)) {
      return wrong("The provider wants a header that can't be sent.");
    }
    headers.push_back({name, *line});
  }
  return base::Done{};
}

base::Result<std::string> read_body(wire::Fields& fields) {
  auto text = fields.optional_string("body", max_provider_bytes);
  const auto encoded = fields.optional_string("body_base64", max_provider_bytes);
  if (text && encoded) return wrong("The provider gave a body twice.");
  if (!encoded) return std::move(text).value_or(std::string());
  auto bytes = base::base64_decode(*encoded);
  if (!bytes.ok()) return wrong("The provider's body is no base64.");
  return std::string(base::as_text(*bytes));
}

base::Result<wire::PlannedRequest> read_request(const Value& value) {
  wire::PlannedRequest request;
  wire::Fields fields(value, "a request that the provider wants");
  const auto method = wire::method_from(fields.string("method", 16));
  request.target = fields.string("target", max_value_bytes);
  const auto headers = fields.optional_any("headers");
  if (headers) {
    X1_TRY(taken, read_headers(*headers, request.headers));
  }
  X1_TRY(body, read_body(fields));
  request.body = std::move(body);
  X1_TRY(finished, fields.finish());
  if (!method.ok()) return wrong("The provider wants a method that is not known.");
  X1_TRY(target, wire::parse_target(request.target));
  request.method = *method;
  return request;
}

base::Result<seam::gate::ToBroker> read_wants(std::uint64_t parse, const Value& answer) {
  wire::Fields fields(answer, "the provider's answer");
  const auto list = fields.any("http");
  auto state = fields.optional_string("state", max_provider_state);
  X1_TRY(finished, fields.finish());
  const auto* items = list.array();
  if (items == nullptr || items->empty() || items->size() > max_provider_requests) {
    return wrong("The provider may want 1 to 16 requests at a time.");
  }
  seam::gate::ProviderWants wants{.parse = parse, .requests = {}, .state = std::move(state).value_or(std::string())};
  for (const auto& item : *items) {
    X1_TRY(request, read_request(item));
    wants.requests.push_back(std::move(request));
  }
  return seam::gate::ToBroker(std::move(wants));
}

base::Result<seam::gate::ToBroker> read_error(std::uint64_t parse, const Value& answer) {
  wire::Fields outer(answer, "the provider's answer");
  const auto error = outer.any("error");
  X1_TRY(alone, outer.finish());
  wire::Fields fields(error, "the provider's error");
  const auto code = fields.string("code", 64);
  auto message = fields.string("message", max_message_bytes);
  X1_TRY(finished, fields.finish());
  const auto known = std::ranges::find(own_codes, code, base::to_string);
  return seam::gate::ToBroker(seam::gate::ProviderFailed{
      .parse = parse, .code = known == own_codes.end() ? Code::provider_error : *known, .message = std::move(message)});
}

base::Result<seam::gate::ToBroker> read_result(std::uint64_t parse, const Value& answer) {
  wire::Fields fields(answer, "the provider's answer");
  auto result = fields.any("result");
  X1_TRY(finished, fields.finish());
  if (result.object() == nullptr) return wrong("The provider's result is no object.");
  return seam::gate::ToBroker(seam::gate::ProviderResult{parse, std::move(result)});
}

base::Result<seam::gate::ToBroker> read_answer(std::uint64_t parse, std::string_view bytes) {
  X1_TRY(answer, wire::parse_json(bytes, wire::JsonLimits{.bytes = max_provider_bytes}));
  if (answer.find("result") != nullptr) return read_result(parse, answer);
  if (answer.find("http") != nullptr) return read_wants(parse, answer);
  return read_error(parse, answer);
}

}  // namespace

seam::gate::ToBroker read_provider(std::uint64_t parse, std::string_view bytes) {
  auto answer = read_answer(parse, bytes);
  if (answer.ok()) return std::move(answer).value();
  return seam::gate::ProviderFailed{parse, Code::provider_error, answer.error().message};
}

}  // namespace x1::gate
