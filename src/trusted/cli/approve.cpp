// approve: shows what agents ask for, and carries the person's answer to the API.
#include <unistd.h>

#include <ostream>

#include "cli/approve.hpp"
#include "cli/commands.hpp"
#include "cli/confirm.hpp"
#include "cli/exit_status.hpp"
#include "cli/rows.hpp"
#include "cli/terminal.hpp"
#include "os/system_clock.hpp"

namespace x1::cli {
namespace {

using base::Code;
using base::Error;
using wire::Value;

bool waits(const Value& challenge) {
  const auto* state = challenge.find_string("state");
  return state != nullptr && *state == "pending";
}

// What waits for an answer: to questions to this person, and to those that only others can answer.
struct Waiting {
  Value::Array mine;
  Value::Array others;
  std::string told;       // of the others, and of each session where something waits whose turn it is; for people
  Value::Array sessions;  // of each whose turn it is and who waits; for programs
};

// The questions of one session.
base::Status collect(const Context& context, const std::string& session, const Approve& what, Waiting& waiting) {
  const auto api = context.api();
  X1_TRY(list, api.get("/sessions/" + session + "/challenges"));
  X1_TRY(room, enter_room(context, session));
  bool any = false;
  for (const auto& challenge : items_of(list)) {
    const auto* name = challenge.find_string("id");
    const auto* actor = challenge.find_string("actor");
    if (!waits(challenge) || name == nullptr || actor == nullptr) continue;
    if (!what.challenge.empty() && *name != what.challenge) continue;
    any = true;
    if (room.is_me(*actor)) {
      waiting.mine.push_back(challenge);
      continue;
    }
    waiting.others.push_back(challenge);
    waiting.told += "x1 · " + room.name(*actor) + " is asked for " + shown(challenge, "scope") + " (" +
                    shown(challenge, "id") + "); only they can answer\n";
  }
  if (!any && !context.json) return base::Done{};
  X1_TRY(turns, api.get("/sessions/" + session + "/turns"));
  room.take_turns(turns);
  auto queue = room.queue_value();
  queue.emplace("session", session);
  waiting.sessions.emplace_back(std::move(queue));
  waiting.told += "x1 · session " + session + ": " + room.queue() + "\n";
  return base::Done{};
}

base::Result<Waiting> waiting_challenges(const Context& context, const Approve& what) {
  Waiting waiting;
  X1_TRY(sessions, context.api().get("/sessions"));
  for (const auto& session : items_of(sessions)) {
    const auto* id = session.find_string("id");
    const auto* state = session.find_string("state");
    if (id == nullptr || state == nullptr || *state == "ended" || *state == "failed") continue;
    if (!what.session.empty() && *id != what.session) continue;
    X1_TRY(collected, collect(context, *id, what, waiting));
  }
  return waiting;
}

// Asks until there is an answer; nothing at the end of input.
std::optional<Answer> ask(const Context& context, const Question& question) {
  context.err << in_rows(question.text, columns_of(STDERR_FILENO)) << std::endl;
  settle_typed();
  for (;;) {
    context.err << choices(question) << std::flush;
    const auto line = read_line();
    if (!line) return std::nullopt;
    if (const auto answer = answer_from(*line, os::SystemClock().now(), question.challenge.choices)) return answer;
  }
}

// The answer as it would be typed at the question.
std::string in_full(const Approve& what) {
  return what.answer + what.limits + (what.within.empty() ? "" : " in " + what.within);
}

base::Status answer_one(const Context& context, const Approve& what, const Value& record,
                        const std::vector<policy::Manifest>& manifests) {
  const auto* asked = record.find("asked");
  if (asked == nullptr) return Error{Code::invalid_request, "The question has no challenge.", ""};
  X1_TRY(question, question_from(*asked, manifests));
  const auto* named = record.find_string("id");
  if (named == nullptr || *named != question.challenge.id.text()) {
    return Error{Code::invalid_token, "The platform gave another question than the one that was named.", ""};
  }
  const bool marked = question.challenge.assurance != policy::Assurance::none;
  auto answer = answer_from(in_full(what), os::SystemClock().now(), question.challenge.choices);
  // Nobody touches what was not shown, also when the answer was given beforehand.
  if (answer && marked) context.err << in_rows(question.text, columns_of(STDERR_FILENO)) << std::endl;
  if (!answer) answer = ask(context, question);
  if (!answer) return Error{Code::conflict, "Nothing was answered; the question still waits.", ""};
  std::string assertion;
  if (marked && allows(answer->choice)) {
    X1_TRY(touched, confirmed(context, *asked, question, *answer));
    assertion = std::move(touched);
  }
  X1_TRY(said, send_answer(context.api(), question, *answer, assertion));
  context.say(said, outcome_of(*answer) + "\n");
  return base::Done{};
}

}  // namespace

base::Result<Value> send_answer(const ApiClient& api, const Question& question, const Answer& answer,
                                const std::string& assertion) {
  const auto path = "/challenges/" + question.challenge.id.text();
  if (answer.choice == Choice::no) return api.post(path + "/deny");
  if (answer.choice == Choice::deny) return api.post(path + "/deny", Value::Object{{"for_session", true}});
  if (answer.account) {
    return api.post(path + "/use_connection", Value::Object{{"connection", answer.account->text()}});
  }
  Value::Object body{{"digest", crypto::to_hex(question.challenge.digest)}, {"lifetime", to_string(answer.choice)}};
  if (!assertion.empty()) body.emplace("assertion", assertion);
  if (answer.within) body.emplace("within", *answer.within);
  if (answer.until) body.emplace("until", base::format_time(*answer.until));
  if (answer.limits && answer.limits->uses) body.emplace("uses", static_cast<std::int64_t>(*answer.limits->uses));
  if (answer.limits && answer.limits->bytes) body.emplace("bytes", static_cast<std::int64_t>(*answer.limits->bytes));
  return api.post(path + "/approve", std::move(body));
}

Outcome perform(const Context& context, const Approve& what) {
  if (what.answer.empty() && !(what.limits.empty() && what.within.empty())) {
    return Error{Code::invalid_request, "Limits and --within go with --turn, --for-session or --until.", ""};
  }
  const auto now = os::SystemClock().now();
  if (!what.answer.empty() && !answer_from(what.answer, now)) {
    return Error{Code::invalid_request, "That is no time within the next 30 days, or no account.",
                 "Write --until 30m, 2h, 3d or 2026-11-24T19:55:00Z (UTC), or --connection ID."};
  }
  if (!what.answer.empty() && !answer_from(what.answer + what.limits, now)) {
    return Error{Code::invalid_request, "These are no limits that a permission can have.",
                 "Write --uses 5 (up to 1,000,000), --bytes 500kB or 2MB (up to 1TB), or both."};
  }
  if (!what.answer.empty() && !answer_from(in_full(what), now)) {
    return Error{Code::invalid_request, "That is no part of an account.",
                 "Write --within /PATH/ beside --turn, --for-session or --until."};
  }
  X1_TRY(waiting, waiting_challenges(context, what));
  if (!what.challenge.empty() && waiting.mine.empty()) {
    if (!waiting.others.empty()) return Error{Code::forbidden, "This was asked of somebody else.", "Let them answer."};
    return Error{Code::not_found, "No such question waits for an answer.", "See `x1 approve`."};
  }
  if (what.answer.empty() && !context.json)
    context.err << in_rows(waiting.told, columns_of(STDERR_FILENO)) << std::flush;
  if (waiting.mine.empty() || (context.json && what.answer.empty())) {
    // A program that asks gets the questions, and answers one by its id.
    const std::string none =
        waiting.others.empty() ? "nothing waits for an answer\n" : "nothing waits for an answer of yours\n";
    context.say(Value::Object{{"items", std::move(waiting.mine)},
                              {"others", std::move(waiting.others)},
                              {"sessions", std::move(waiting.sessions)}},
                none);
    return exit_ok;
  }
  if (what.challenge.empty() && !what.answer.empty() && waiting.mine.size() > 1) {
    return Error{Code::conflict, "More than one question waits.", "Name one: x1 approve ID --once"};
  }
  X1_TRY(manifests, read_manifests(context.state));
  for (const auto& record : waiting.mine) {
    X1_TRY(answered, answer_one(context, what, record, manifests));
  }
  return exit_ok;
}

}  // namespace x1::cli
