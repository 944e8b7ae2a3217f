#include "api/close_turn.hpp"

#include "api/access.hpp"
#include "api/controls.hpp"
#include "api/session_life.hpp"

namespace x1::api::close_turn {
namespace {

// One that waits is closed here; one that is open is closed by its broker, which says so by an event.
Status close(Services& services, const Turn& turn) {
  if (turn.state == TurnState::open) {
    return add_control(services, turn.session, turn.actor, policy::CancelTurn{base::TurnNumber(turn.number)});
  }
  X1_TRY(closed, services.store.turns().close(turn.session, turn.number, "cancelled", services.clock.now()));
  return add_event(services, turn.session, "turn.closed", turn.actor.text(), turn.number,
                   wire::Value::Object{{"outcome", "cancelled"}});
}

// In one transaction: another process of the API may open the turn at any time, and then its broker has to hear of it.
base::Result<Turn> closed(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(session, session_for(services, caller, input.session, Role::participant));
  X1_TRY(turn, required(services.store.turns().find(session.id, input.turn), "turn"));
  if (turn.actor != caller.user) {
    return base::Error{base::Code::forbidden, "This is another person's turn.", "ask them to close it"};
  }
  if (!step::CloseTurn::leaves(turn.state)) return step::CloseTurn::otherwise.error();
  X1_TRY(done, close(services, turn));
  return required(services.store.turns().find(session.id, input.turn), "turn");
}

}  // namespace

Input read(const Arguments& arguments) { return {arguments.id<SessionId>("session"), arguments.number("turn")}; }

base::Result<Turn> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(turn, in_transaction(services.store, [&] { return closed(caller, input, services); }));
  services.announcer.event_added(turn.session);
  services.announcer.control_waits(turn.session);
  return std::move(turn);
}

}  // namespace x1::api::close_turn
