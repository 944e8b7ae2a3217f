// Whatever a body says, reading it ends in one message; and what we answer is JSON that our own reader takes.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "gate/mcp.hpp"
#include "wire/json.hpp"

using namespace x1;

namespace {

std::string answer_to(const gate::mcp::Message& message) {
  if (const auto* call = std::get_if<gate::mcp::CallTool>(&message)) {
    X1_CHECK(call->arguments.object() != nullptr && !call->tool.empty());
    return gate::mcp::result_answer(call->id, call->arguments);
  }
  if (const auto* start = std::get_if<gate::mcp::Initialize>(&message)) return gate::mcp::initialize_answer(*start);
  if (const auto* bad = std::get_if<gate::mcp::Malformed>(&message)) {
    return gate::mcp::error_answer(bad->id, bad->code, bad->message);
  }
  if (const auto* level = std::get_if<gate::mcp::SetLevel>(&message)) return gate::mcp::empty_answer(level->id);
  if (const auto* gone = std::get_if<gate::mcp::Cancelled>(&message)) return gate::mcp::empty_answer(gone->id);
  if (const auto* unknown = std::get_if<gate::mcp::UnknownMethod>(&message)) {
    return gate::mcp::error_answer(unknown->id, -32601, "no");
  }
  return "{}";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto body = base::as_text(std::span(data, size));
  const auto answer = answer_to(gate::mcp::read(body));
  X1_CHECK(wire::parse_json(answer, wire::JsonLimits{.bytes = 8 << 20, .depth = 64}).ok());
  return 0;
}
