#include "api/send_message.hpp"

#include "api/access.hpp"
#include "api/session_life.hpp"

namespace x1::api::send_message {
namespace {

constexpr std::uint64_t max_queued = 16;  // of one person in a session

}  // namespace

Input read(const Arguments& arguments) { return {arguments.id<SessionId>("session"), arguments.text("text")}; }

base::Result<Turn> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(session, live_session(services, caller, input.session, Role::participant));
  // Its one turn is its owner's, for as long as the command runs: nobody else's would ever begin.
  if (!session.adapter && session.owner != caller.user) {
    return base::Error{base::Code::conflict, "This session runs one command, in the one turn of its owner.",
                       "start one with `x1 chat` to speak in turns"};
  }
  X1_TRY(queued, services.store.turns().count_queued(session.id, caller.user));
  if (queued >= max_queued) {
    return base::Error{base::Code::too_many, "16 messages of yours wait already.", "wait until some are worked on"};
  }
  std::uint64_t number = 0;
  X1_TRY(committed, services.store.transaction([&]() -> Status {
    X1_TRY(given, services.store.turns().queue(session.id, caller.user, input.text, services.clock.now()));
    number = given;
    return add_event(services, session.id, "turn.queued", caller.user.text(), given,
                     wire::Value::Object{{"message", input.text}});
  }));
  services.announcer.event_added(session.id);
  services.announcer.turn_waits(session.id);
  return required(services.store.turns().find(session.id, number), "turn");
}

}  // namespace x1::api::send_message
