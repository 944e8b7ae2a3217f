#include "broker/agent_calls.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "broker/rows.hpp"
#include "broker/tickets.hpp"
#include "policy/schema.hpp"
#include "wire/fields.hpp"

namespace x1::broker {
namespace {

using base::Code;
using base::Error;
using wire::Value;

constexpr std::size_t max_artifact_bytes = 256 * 1024;
constexpr std::size_t max_argument_depth = 16;
constexpr std::size_t output_piece_bytes = 64 * 1024;

// The argument that every tool takes beside its own: which account. Taken out before the others are checked, unless
// the tool has one of that name itself.
base::Result<std::string> take_connection(Value& arguments, const Value& schema) {
  const auto* properties = schema.find("properties");
  if (properties != nullptr && properties->find("connection") != nullptr) return std::string();
  auto* object = arguments.object();
  if (object == nullptr) return std::string();
  auto node = object->extract("connection");
  if (node.empty()) return std::string();
  const auto* id = node.mapped().string();
  if (id == nullptr || !base::is_id_text(*id)) {
    return Error{Code::invalid_request, "The argument connection is not the id of a connection.", "Leave it out."};
  }
  return *id;
}

// Which part of that account: nothing when none is named. Whether the account has such a part, `tool_call` looks.
base::Result<std::optional<std::string>> take_part(Value& arguments, const Value& schema) {
  const auto* properties = schema.find("properties");
  auto* object = arguments.object();
  if (object == nullptr || (properties != nullptr && properties->find("within") != nullptr)) {
    return std::optional<std::string>();
  }
  auto node = object->extract("within");
  if (node.empty()) return std::optional<std::string>();
  if (const auto* part = node.mapped().string()) return std::optional(*part);
  return Error{Code::invalid_request, "The argument within is not a path.", "Leave it out."};
}

bool is_deeper(const Value& value, std::size_t levels) {
  if (levels == 0) return value.array() != nullptr || value.object() != nullptr;
  if (const auto* array = value.array()) {
    return std::ranges::any_of(*array, [&](const Value& each) { return is_deeper(each, levels - 1); });
  }
  const auto* object = value.object();
  return object != nullptr &&
         std::ranges::any_of(*object, [&](const auto& each) { return is_deeper(each.second, levels - 1); });
}

// The longest beginning of at most that many bytes that doesn't cut a character in two.
std::string_view piece_of(std::string_view text) {
  if (text.size() <= output_piece_bytes) return text;
  std::size_t end = output_piece_bytes;
  while (end > output_piece_bytes - 4 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U)
    --end;
  return text.substr(0, end);
}

}  // namespace

void AgentCalls::take(seam::gate::AgentCall call) {
  if (core_.commit.failure()) return reply_error(call.call, *core_.commit.failure());
  // A call belongs to the turn of its first byte. If that one is not open, nobody is answerable for it.
  const auto turn = core_.turns.open_turn(call.turn);
  if (!turn) {
    return refuse(call, nullptr,
                  Error{Code::no_active_turn, "No turn is open.", "Wait for the person's next message."});
  }
  const auto taken = take_in_turn(call, turn);
  if (!taken.ok()) refuse(call, turn.get(), taken.error());
}

base::Status AgentCalls::take_in_turn(seam::gate::AgentCall& call, const TurnPtr& turn) {
  // What is asked about travels inside other things: it must still fit into what everybody on the way reads.
  if (is_deeper(call.arguments, max_argument_depth)) {
    return Error{Code::too_large, "The arguments are nested deeper than 16 levels.", "Send flatter arguments."};
  }
  if (const auto which = Toolbox::builtin(call.tool)) return take_builtin(*which, call, turn);
  X1_TRY(wanted, tool_call(call.tool, std::move(call.arguments), turn));
  return calls_.begin(call.call, std::move(wanted));
}

base::Result<ToolCall> AgentCalls::tool_call(std::string_view tool, Value arguments, const TurnPtr& turn) const {
  const auto found = core_.toolbox.find(tool);
  if (!found) return Error{Code::not_found, "There is no tool of that name.", "List the tools."};
  X1_TRY(account, take_connection(arguments, found->tool->input_schema));
  X1_TRY(part, take_part(arguments, found->tool->input_schema));
  X1_TRY(fits, policy::check_arguments(found->tool->input_schema, arguments));
  const auto chosen = core_.memory.ledger.chosen_by(turn->certificate.actor);
  const auto* connection = turn->connection(found->manifest->connection_kind, account, chosen);
  if (connection == nullptr) {
    return Error{Code::not_allowed,
                 "The person has no connection of the kind " + found->manifest->connection_kind + ".",
                 "Ask the person to make one: x1 connect " + found->manifest->connection_kind + "."};
  }
  auto id = base::CallId::parse(crypto::random_id(core_.random));
  X1_CHECK(id.ok());
  ToolCall call{*id, turn, *found, connection, std::move(arguments)};
  call.account_named = !account.empty();
  if (!part) return call;
  if (!policy::is_part(connection->url.path, *part)) {
    return Error{Code::invalid_request, "The argument within is not a path in the account that ends with '/'.",
                 "Leave it out."};
  }
  call.part_named = true;
  // The account's own path is no part of it: all of it is meant.
  const bool whole =
      part->size() <= connection->url.path.size() + 1 &&
      policy::is_part(*part, connection->url.path.ends_with('/') ? connection->url.path : connection->url.path + "/");
  if (!whole) call.within = std::move(*part);
  return call;
}

base::Status AgentCalls::take_builtin(Builtin which, seam::gate::AgentCall& call, const TurnPtr& turn) {
  wire::Fields fields(call.arguments, "the call's arguments");
  switch (which) {
    case Builtin::request_permission: return request_permission(call, turn);
    case Builtin::emit_status: {
      auto text = fields.string("text", 2000);
      X1_TRY(done, fields.finish());
      return emit(call, turn, NewEvent{"agent.status", {{"text", std::move(text)}}});
    }
    case Builtin::emit_artifact: {
      auto name = fields.string("name", 200);
      auto media_type = fields.string("media_type", 100);
      auto text = fields.string("text", max_artifact_bytes);
      X1_TRY(done, fields.finish());
      return emit(
          call, turn,
          NewEvent{"agent.artifact",
                   {{"name", std::move(name)}, {"media_type", std::move(media_type)}, {"text", std::move(text)}}});
    }
    case Builtin::ask_user: {
      auto question = fields.string("question", 4000);
      X1_TRY(done, fields.finish());
      questions_.ask(call.call, turn, std::move(question), [this, number = call.call](base::Result<Value> answer) {
        if (answer.ok()) return reply(number, std::move(answer).value());
        reply_error(number, answer.error());
      });
      return base::Done{};
    }
  }
  return base::Done{};
}

base::Status AgentCalls::request_permission(const seam::gate::AgentCall& call, const TurnPtr& turn) {
  wire::Fields fields(call.arguments, "the call's arguments");
  if (const auto ticket = fields.optional_string("ticket", 64)) {
    X1_TRY(alone, fields.finish());
    return tell_of_ticket(call.call, *turn, *ticket);
  }
  const auto tool = fields.string("tool", 128);
  auto arguments = fields.any("arguments");
  const bool wait = fields.optional_boolean("wait").value_or(true);
  X1_TRY(done, fields.finish());
  X1_TRY(wanted, tool_call(tool, std::move(arguments), turn));
  wanted.purpose = ToolCall::Purpose::permission;
  wanted.wait = wait;
  return calls_.begin(call.call, std::move(wanted));
}

base::Status AgentCalls::tell_of_ticket(std::uint64_t call, const Turn& turn, std::string_view ticket) {
  X1_TRY(known, look_at_ticket(core_.memory.ledger, turn, ticket, core_.clock.now()));
  if (known.state != policy::ChallengeState::pending) calls_.heard(known.question->digest);
  const auto tool = core_.toolbox.find(known.question->request.tool);
  X1_TRY(told, told_of_ticket(known, tool && tool->scope->name != known.question->request.scope));
  reply(call, std::move(told));
  return base::Done{};
}

base::Status AgentCalls::emit(const seam::gate::AgentCall& call, const TurnPtr& turn, NewEvent event) {
  X1_TRY(told, core_.announce(std::move(event), turn.get()));
  auto row = rows::entry(core_.clock.now(), "agent.spoke", turn.get());
  row.tool = call.tool;
  core_.record(std::move(row));
  reply(call.call, Value::Object{{"status", "shown"}});
  return base::Done{};
}

void AgentCalls::output(const seam::gate::AgentOutput& said) {
  const auto turn = core_.turns.open_turn(said.turn);
  if (!turn || !base::is_utf8(said.text)) return;
  std::string_view left = said.text;
  while (!left.empty()) {
    const auto piece = piece_of(left);
    left.remove_prefix(piece.size());
    const auto told = core_.announce(NewEvent{"agent.output", {{"text", piece}}}, turn.get());
    if (!told.ok()) return core_.log.error("agent.output_dropped", told.error());
  }
}

void AgentCalls::refuse(const seam::gate::AgentCall& call, const Turn* turn, const Error& why) {
  auto row = rows::entry(core_.clock.now(), "call.refused", turn, base::to_string(why.code));
  row.tool = call.tool;
  core_.record(std::move(row));
  reply_error(call.call, why);
}

void AgentCalls::reply(std::uint64_t call, Value result) {
  const auto sent = gate_.send_message<seam::gate::ToGate>(seam::gate::CallResult{call, std::move(result)});
  if (!sent.ok()) core_.log.warn("call.unanswered", {{"call", call}});
}

void AgentCalls::reply_error(std::uint64_t call, const Error& why) {
  const auto sent =
      gate_.send_message<seam::gate::ToGate>(seam::gate::CallError{call, why.code, why.message, why.next, Value()});
  if (!sent.ok()) core_.log.warn("call.unanswered", {{"call", call}});
}

}  // namespace x1::broker
