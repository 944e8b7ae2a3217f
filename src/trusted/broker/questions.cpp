#include "broker/questions.hpp"

#include <algorithm>

#include "broker/call.hpp"
#include "broker/rows.hpp"

namespace x1::broker {

using base::Code;
using base::Error;
using wire::Value;

void Questions::ask(std::uint64_t call, const TurnPtr& turn, std::string text, OnReply then) {
  auto known = std::ranges::find(open_, text, &Question::text);
  if (known == open_.end()) {
    if (open_.size() >= most) return then(Error{Code::too_many, "16 questions wait for an answer.", "Wait for one."});
    auto id = crypto::random_id(core_.random);
    auto told = core_.announce(NewEvent{"agent.question", {{"id", id}, {"text", text}}}, turn.get());
    if (!told.ok()) return then(told.error());
    core_.record(rows::entry(core_.clock.now(), "question.asked", turn.get()));
    known = open_.insert(
        open_.end(),
        Question{std::move(id), std::move(text), std::nullopt, 0, {}, boost::asio::steady_timer(core_.context)});
  }
  if (known->then) known->then(Error{Code::conflict, "The same question was asked again.", ""});
  known->call = call;
  known->then = std::move(then);
  if (known->answer) return tell(known);
  known->held.expires_after(hold_limit);
  known->held.async_wait([this, id = known->id](boost::system::error_code cancelled) {
    if (!cancelled) pending(id);
  });
}

void Questions::tell(std::list<Question>::iterator question) {
  const auto then = std::move(question->then);
  const Value reply = Value::Object{{"status", "answered"}, {"text", std::move(*question->answer)}};
  open_.erase(question);
  then(reply);
}

void Questions::pending(const std::string& id) {
  const auto found = std::ranges::find(open_, id, &Question::id);
  if (found == open_.end() || !found->then) return;
  const auto then = std::exchange(found->then, {});
  then(Value(Value::Object{{"status", "pending"},
                           {"question", id},
                           {"next", "Call ask_user again with the same question to go on waiting."}}));
}

void Questions::gone(std::uint64_t call) {
  for (auto& question : open_) {
    if (question.call == call) question.then = {};
  }
}

bool Questions::answer(std::string_view id, std::string text) {
  const auto found = std::ranges::find(open_, id, &Question::id);
  if (found == open_.end() || found->answer) return false;
  found->answer = std::move(text);
  if (found->then) tell(found);
  return true;
}

void Questions::stop_all(const base::Error& why) {
  for (auto& question : std::exchange(open_, {})) {
    if (question.then) question.then(why);
  }
}

}  // namespace x1::broker
