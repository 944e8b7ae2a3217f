// chat: messages to an agent, line by line, its words framed as its own, questions asked in between.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <ostream>
#include <set>
#include <utility>

#include "base/id.hpp"
#include "cli/approve.hpp"
#include "cli/commands.hpp"
#include "cli/event_text.hpp"
#include "cli/exit_status.hpp"
#include "cli/followed_events.hpp"
#include "cli/question.hpp"
#include "cli/room.hpp"
#include "cli/rows.hpp"
#include "cli/session_start.hpp"
#include "cli/terminal.hpp"
#include "os/system_clock.hpp"

namespace x1::cli {
namespace {

using base::Code;
using base::Error;
using wire::Value;

class Conversation {
 public:
  Conversation(const Context& context, std::string session, std::vector<policy::Manifest> manifests, Room room,
               bool own)
      : context_(context),
        session_(session),
        manifests_(std::move(manifests)),
        room_(std::move(room)),
        events_(context.api(), std::move(session)),
        own_(own) {}

  Outcome talk() {
    while (!over_) {
      std::array<pollfd, 2> all{pollfd{input_open_ ? STDIN_FILENO : -1, POLLIN, 0},
                                pollfd{events_.descriptor(), POLLIN, 0}};
      if (::poll(all.data(), all.size(), events_.descriptor() < 0 ? 0 : 1000) < 0 && errno != EINTR) {
        return Error{Code::internal, "Waiting for the terminal failed.", ""};
      }
      if (all[1].fd < 0 || all[1].revents != 0) {
        X1_TRY(taken, take_events());
      }
      if (all[0].revents != 0) {
        X1_TRY(said, take_line());
      }
      if (shown_ && expired(questions_.front())) {
        shown_ = false;
        X1_TRY(told, say_own(std::string(expired_words)));
        show_next();
      }
      if (!input_open_ && my_turns_.empty()) break;  // all that was said has been worked on
    }
    if (own_ && !over_) {
      X1_TRY(ended, context_.api().remove("/sessions/" + session_));
    }
    return exit_ok;
  }

 private:
  static bool expired(const Question& question) { return has_expired(question, os::SystemClock().now()); }

  base::Status take_line() {
    const auto line = read_line();
    if (!line || *line == "/end") {
      input_open_ = false;
      shown_ = false;
      write(std::exchange(held_, {}));
      return base::Done{};
    }
    if (line->empty()) return base::Done{};
    if (shown_) return answer(*line);
    const auto path = "/sessions/" + session_;
    if (line->starts_with("/answer ")) {
      const auto rest = line->substr(8);
      const auto id = rest.substr(0, rest.find(' '));
      if (!base::is_id_text(id)) return say_own("write: /answer ID your words");
      return keep_going(context_.api().post(
          path + "/questions/" + id, Value::Object{{"text", rest.substr(std::min(rest.size(), id.size() + 1))}}));
    }
    auto sent = context_.api().post(path + "/messages", Value::Object{{"text", *line}});
    if (sent.ok()) note_turn(*sent);
    return keep_going(std::move(sent));
  }

  void note_turn(const Value& sent) {
    if (const auto* number = sent.find_integer("turn")) my_turns_.insert(*number);
  }

  base::Status answer(const std::string& line) {
    const auto& asked = questions_.front();
    const auto given = answer_from(line, os::SystemClock().now(), asked.challenge.choices);
    if (!given) {
      context_.out << choices(asked) << std::flush;
      return base::Done{};
    }
    auto sent = send_answer(context_.api(), asked, *given);
    if (sent.ok() || !still_waits_after(sent.error().code)) questions_.pop_front();
    shown_ = false;
    X1_TRY(said, keep_going(std::move(sent)));
    show_next();
    return base::Done{};
  }

  // A refusal is said and the conversation goes on. A platform that stays away ends it: then there are no events.
  base::Status keep_going(const base::Result<Value>& outcome) {
    if (outcome.ok()) return base::Done{};
    return say_own(explained(outcome.error()));
  }

  base::Status say_own(const std::string& words) {
    say(framed("x1 · ", words));
    return base::Done{};
  }

  // While a dialog is on the screen nothing is written below it, for it would stand where the person answers.
  void say(const std::string& text) {
    if (!shown_) {
      write(text);
    } else if (held_.size() + text.size() <= most_held) {
      held_ += text;
    } else {
      ++left_out_;
    }
  }

  void write(const std::string& text) {
    context_.out << (context_.json ? text : in_rows(text, columns_of(STDOUT_FILENO))) << std::flush;
  }

  base::Status take_events() {
    X1_TRY(events, events_.read());
    for (const auto& event : events) {
      room_.take(event);
      say(context_.json ? to_json_line(event) : to_text(event, room_));
      if (event.type == "turn.closed") my_turns_.erase(static_cast<std::int64_t>(event.turn));
      if (event.type == "session.ended") over_ = true;
      if (event.type == "consent.granted" || event.type == "consent.denied") forget(event);
      if (event.type == "consent.asked" && !context_.json) ask(event);
    }
    return base::Done{};
  }

  // Only the person who is asked is shown the dialog: to everybody else the platform tells no more than that one waits.
  void ask(const Event& event) {
    const auto* challenge = event.payload.find("challenge");
    const auto* request = challenge == nullptr ? nullptr : challenge->find("request");
    const auto* actor = request == nullptr ? nullptr : request->find_string("actor");
    if (actor == nullptr || !room_.is_me(*actor)) return;
    auto question = question_from(event.payload, manifests_);
    if (!question.ok()) return static_cast<void>(say_own(explained(question.error())).ok());
    // A broker that was started again asks once more what waits.
    const auto same = [&](const Question& each) { return each.challenge.id == question->challenge.id; };
    if (std::ranges::any_of(questions_, same)) return;
    questions_.push_back(std::move(question).value());
    show_next();
  }

  // One at a time, the oldest first, until it is answered: a line that is typed for one can't answer another.
  void show_next() {
    if (shown_) return;
    write(std::exchange(held_, {}));
    if (left_out_ > 0)
      write(framed("x1 · ", std::to_string(std::exchange(left_out_, 0)) + " events were left out here"));
    std::erase_if(questions_, [](const Question& each) { return expired(each); });
    if (questions_.empty()) return;
    write(questions_.front().text + "\n");
    // Whatever was typed before the choices stand there is no answer to them.
    settle_typed();
    context_.out << choices(questions_.front()) << std::flush;
    shown_ = input_open_;
  }

  // Answered, here or elsewhere.
  void forget(const Event& event) {
    const auto* id = event.payload.find_string("challenge");
    if (id == nullptr) return;
    const bool was_shown = shown_ && questions_.front().challenge.id.text() == *id;
    std::erase_if(questions_, [&](const Question& each) { return each.challenge.id.text() == *id; });
    if (!was_shown) return;
    shown_ = false;
    show_next();
  }

  const Context& context_;
  std::string session_;
  std::vector<policy::Manifest> manifests_;
  Room room_;
  FollowedEvents events_;
  bool own_;  // started by us, so ended by us
  bool over_ = false;
  bool input_open_ = true;
  std::set<std::int64_t> my_turns_;  // queued or open
  static constexpr std::size_t most_held = 256 * 1024;
  std::deque<Question> questions_;  // not answered, as far as is known
  bool shown_ = false;              // the first of them is on the screen, and the next line answers it
  std::string held_;                // to be written after the answer
  std::size_t left_out_ = 0;        // events for which there was no place in it
};

}  // namespace

base::Result<Room> enter_room(const Context& context, const std::string& session) {
  X1_TRY(me, context.api().get("/me"));
  const auto* id = me.find_string("id");
  if (id == nullptr) return Error{Code::internal, "The account has no id.", ""};
  X1_TRY(members, context.api().get("/sessions/" + session + "/members"));
  return Room(*id, members);
}

Outcome perform(const Context& context, const Chat& what) {
  X1_TRY(running, ensure_running(context));
  X1_TRY(manifests, read_manifests(context.state));
  if (!what.session.empty()) {
    if (!base::is_id_text(what.session)) return Error{Code::invalid_request, "That is not the id of a session.", ""};
    X1_TRY(room, enter_room(context, what.session));
    return Conversation(context, what.session, std::move(manifests), std::move(room), false).talk();
  }
  if (what.command.empty()) {
    return Error{Code::invalid_request, "Say whom to talk to.", "x1 chat -- COMMAND…, or x1 chat --session ID"};
  }
  X1_TRY(session, create_session(context, {.command = what.command, .workspace = what.workspace, .adapter = true}));
  X1_TRY(room, enter_room(context, session));
  X1_TRY(started, context.api().post("/sessions/" + session + "/start"));
  if (!context.json) context.err << "x1 · session " << session << "; write, /end or Ctrl-D ends it" << std::endl;
  return Conversation(context, session, std::move(manifests), std::move(room), true).talk();
}

}  // namespace x1::cli
