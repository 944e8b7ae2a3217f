#include "broker/provider_ask.hpp"

#include "base/encoding.hpp"
#include "wire/json.hpp"

namespace x1::broker {
namespace {

void member(std::string& out, std::string_view name, const wire::Value& value) {
  out.append(out.size() > 1 ? ",\"" : "\"").append(name).append("\":");
  wire::append_canonical_json(value, out);
}

wire::Value headers_value(const std::vector<wire::Header>& headers) {
  wire::Value::Object object;
  for (const auto& header : headers) {
    const auto [place, added] = object.try_emplace(header.name, header.value);
    // RFC 9110, section 5.3: repeated fields mean the same as one with a list.
    if (!added) place->second = *place->second.string() + ", " + header.value;
  }
  return object;
}

std::string answer_text(const seam::dialer::Answer& answer) {
  std::string out = "{";
  if (base::is_utf8(answer.body)) {
    member(out, "body", answer.body);
  } else {
    member(out, "body_base64", base::base64_encode(base::as_bytes(answer.body)));
  }
  member(out, "headers", headers_value(answer.headers));
  member(out, "status", static_cast<std::int64_t>(answer.status));
  return out.append("}");
}

}  // namespace

// Written straight out: the bodies are large, and a Value would copy them twice more.
std::string encode(const ProviderAsk& ask) {
  std::string out = "{";
  if (!ask.answers.empty()) {
    out.append("\"answers\":[");
    for (const auto& answer : ask.answers)
      out.append(out.back() == '[' ? "" : ",").append(answer_text(answer));
    out.append("]");
  }
  member(out, "arguments", ask.arguments);
  member(out, "connection", wire::Value::Object{{"url", ask.url}});
  member(out, "mode", ask.ticket.mode == policy::TicketMode::plan ? "plan" : "run");
  if (!ask.state.empty()) member(out, "state", ask.state);
  member(out, "ticket", ask.signed_ticket);
  member(out, "tool", ask.ticket.tool);
  return out.append("}");
}

}  // namespace x1::broker
