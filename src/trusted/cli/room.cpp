#include "cli/room.hpp"

#include <algorithm>

#include "base/id.hpp"
#include "cli/context.hpp"
#include "cli/event_text.hpp"
#include "policy/dialog.hpp"

namespace x1::cli {
namespace {

using wire::Value;

constexpr std::size_t most_remembered = 1024;  // a session has far fewer people and turns that wait

std::string text_of(const Value& value, std::string_view name) {
  const auto* text = value.find_string(name);
  return text == nullptr ? std::string() : *text;
}

std::string ours(const std::string& words) { return "x1 · " + words + "\n"; }

// Of whom and what a question is. One to somebody else comes without what would be sent.
std::string asked_of(const Event& event, const Room& room) {
  const auto* challenge = event.payload.find("challenge");
  if (challenge == nullptr) return "";
  const auto* request = challenge->find("request");
  const auto& who = request == nullptr ? *challenge : *request;
  const auto actor = text_of(who, "actor");
  if (room.is_me(actor)) return to_text(event);
  return ours("the agent asks " + room.name(actor) + " for permission: " + shown(who, "scope") +
              "; only they can answer");
}

}  // namespace

base::Result<std::string> member_id(const Value& members, const std::string& wanted) {
  for (const auto& member : items_of(members)) {
    const auto* id = member.find_string("user");
    const auto* name = member.find_string("name");
    if (id != nullptr && name != nullptr && (*name == wanted || *id == wanted) && base::is_id_text(*id)) return *id;
  }
  return base::Error{base::Code::not_found, "Nobody of that name is in this session.", "See `x1 people SESSION`."};
}

Room::Room(std::string me, const Value& members) : me_(std::move(me)) {
  for (const auto& member : items_of(members))
    names_.insert_or_assign(text_of(member, "user"), text_of(member, "name"));
}

void Room::take(const Event& event) {
  const auto is_it = [&](const Turn& turn) { return turn.number == event.turn; };
  if (event.type == "member.joined" && names_.size() < most_remembered) {
    names_.insert_or_assign(event.actor, text_of(event.payload, "name"));
  }
  if (event.type == "turn.queued" && waiting_.size() < most_remembered) waiting_.push_back({event.turn, event.actor});
  if (event.type == "turn.opened" || event.type == "turn.closed") {
    std::erase_if(waiting_, is_it);
    std::erase_if(open_, is_it);
  }
  if (event.type == "turn.opened") open_.assign(1, {event.turn, event.actor});
}

void Room::take_turns(const Value& turns) {
  open_.clear();
  waiting_.clear();
  for (const auto& turn : items_of(turns)) {
    const auto* number = turn.find_integer("turn");
    if (number == nullptr) continue;
    auto& where = text_of(turn, "state") == "open" ? open_ : waiting_;
    where.push_back({static_cast<std::uint64_t>(*number), text_of(turn, "actor")});
  }
}

std::string Room::name(const std::string& user) const {
  if (is_me(user)) return "you";
  const auto found = names_.find(user);
  // Nobody is taken for the reader by being called so.
  const bool nameless = found == names_.end() || found->second.empty() || found->second == "you";
  return policy::visible(nameless ? user : found->second);
}

std::string Room::queue() const {
  std::string text = "no turn is open";
  if (!open_.empty()) {
    const auto turn = "turn " + std::to_string(open_[0].number);
    text = is_me(open_[0].actor) ? "your " + turn + " is open" : turn + " of " + name(open_[0].actor) + " is open";
  }
  std::string waiting;
  for (const auto& turn : waiting_) {
    waiting += (waiting.empty() ? "; " : ", ") + name(turn.actor) + " (turn " + std::to_string(turn.number) + ")";
  }
  if (waiting.empty()) return text;
  const bool one_other = waiting_.size() == 1 && !is_me(waiting_[0].actor);
  return text + waiting + (one_other ? " waits" : " wait");
}

Value::Object Room::queue_value() const {
  Value::Array waiting;
  for (const auto& turn : waiting_)
    waiting.emplace_back(Value::Object{{"turn", static_cast<std::int64_t>(turn.number)}, {"actor", turn.actor}});
  const bool none = open_.empty();
  return {{"turn", none ? Value() : Value(static_cast<std::int64_t>(open_[0].number))},
          {"actor", none ? Value() : Value(open_[0].actor)},
          {"waiting", std::move(waiting)}};
}

std::string to_text(const Event& event, const Room& room) {
  const auto who = room.name(event.actor);
  if (event.type == "turn.queued") {
    const auto words = room.is_me(event.actor) ? "" : framed(who + " says │ ", text_of(event.payload, "message"));
    return words + (room.is_busy() ? ours(room.queue()) : "");
  }
  if (event.type == "turn.opened") return ours(room.queue());
  if (event.type == "member.joined") {
    return ours(who + (room.is_me(event.actor) ? " are in as " : " is in as ") + shown(event.payload, "role"));
  }
  if (event.type == "member.left") {
    const auto* removed = event.payload.find("removed");
    const bool by_owner = removed != nullptr && removed->boolean() != nullptr && *removed->boolean();
    return ours(who + (by_owner ? " was removed" : " left"));
  }
  if (event.type == "session.agent_replaced") {
    const auto next = room.name(text_of(event.payload, "to"));
    if (text_of(event.payload, "outcome") != "ok") return ours("the agent could not be started anew for " + next);
    return ours("a new agent was started for " + next + "; the one that worked for " +
                room.name(text_of(event.payload, "from")) + " has ended");
  }
  if (event.type == "session.killed") return ours(who + " killed the session");
  if (event.type == "consent.asked") return asked_of(event, room);
  return to_text(event);
}

}  // namespace x1::cli
