#include "broker/turn_loop.hpp"

#include <algorithm>

#include "broker/rows.hpp"
#include "broker/subjects.hpp"
#include "seam/gate.hpp"

namespace x1::broker {
namespace {

// The API holds the question until there is a turn; a lost answer costs at most this long.
constexpr base::Duration ask_limit = std::chrono::seconds(20);
// After a failure it is asked again soon (the API may just be learning of this boot), then less and less often.
constexpr base::Duration longest_pause = std::chrono::seconds(1);

bool works_for_another(const Memory& memory, const Turn& turn) {
  return !memory.agent_of.empty() && memory.agent_of != turn.certificate.actor.text();
}

}  // namespace

TurnLoop::TurnLoop(Core& core, GateLink& gate, BoxLink& box, TurnEffects effects)
    : core_(core),
      gate_(gate),
      box_(box),
      effects_(std::move(effects)),
      pause_(core.context),
      expiry_(core.context),
      reopened_(core.memory.last_turn) {}

void TurnLoop::ask() {
  if (stopped_) return;
  asking_ = true;
  auto question = crypto::to_text(core_.key.public_key()) + " " + std::to_string(core_.turns.seen());
  core_.bus.request(subject::turn(core_.session), std::move(question), ask_limit,
                    [this, number = ++asked_](const base::Result<std::string>& answer) {
                      if (number == asked_) answered(answer);
                    });
}

void TurnLoop::ask_again() {
  if (!asking_) return;
  pause_.cancel();
  ask();
}

void TurnLoop::ask_after_pause() {
  pause_.expires_after(pause_length_);
  pause_length_ = std::min(pause_length_ * 2, longest_pause);
  pause_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) ask();
  });
}

void TurnLoop::answered(const base::Result<std::string>& answer) {
  if (stopped_) return;
  if (!answer.ok()) {
    if (answer.error().code == base::Code::timed_out) return ask();
    return ask_after_pause();
  }
  auto turn = read_turn(*answer, core_.api_keys, core_.clock.now());
  if (turn.ok()) {
    // The barrier: what belongs to the turn before ends before the next one begins.
    if (core_.turns.may_open(*turn).ok()) close("superseded");
    const auto opening = core_.turns.open(std::move(turn).value());
    if (opening.ok()) {
      pause_length_ = first_pause;
      asking_ = false;
      return opened(*opening);
    }
    core_.log.warn("turn.refused", {{"why", opening.error().message}});
    return ask_after_pause();
  }
  core_.log.warn("turn.refused", {{"why", turn.error().message}});
  ask_after_pause();
}

void TurnLoop::opened(const TurnPtr& turn) {
  const auto left = std::max(base::Duration(0), turn->certificate.expires - core_.clock.now());
  expiry_.expires_after(left);
  expiry_.async_wait([this, number = number_of(*turn)](boost::system::error_code cancelled) {
    if (!cancelled && core_.turns.open_turn(number)) close("expired");
  });
  // Before anything of the turn is handed on: its person's words come into the session with it.
  const auto entered = core_.enter({policy::SourceKind::user, turn->certificate.actor.text()}, *turn);
  auto row = rows::entry(core_.clock.now(), "turn.opened", turn.get());
  row.digest = crypto::to_hex(turn->certificate.message);
  const bool another = works_for_another(core_.memory, *turn);
  const bool fresh = another || !agent_lives_;
  // It ended while no broker was there: what it had begun is not begun anew by another.
  const bool lost = fresh && !another && number_of(*turn) == reopened_;
  const bool works = entered.ok() && !lost;
  remember_actor(core_.memory, row);
  Commit::OnRecorded then = [this, turn](const base::Result<Recorded>& recorded) {
    if (recorded.ok()) tell_gate(turn);
  };
  core_.record(std::move(row), std::nullopt, fresh || !works ? Commit::OnRecorded() : std::move(then));
  if (!entered.ok()) core_.log.warn("turn.refused", {{"why", entered.error().message}});
  if (!works) {
    close("failed");
    return ask();
  }
  if (fresh) return replace_agent(turn);
  ask();
}

// The turn has a new actor. Whatever the last one's agent left behind could act in this one's name: processes, timers,
// watchers, connections that wait, bytes on their way, a gate that was taken over. So none of it stays.
void TurnLoop::replace_agent(const TurnPtr& turn) {
  gate_.shut();
  replacing_ = true;
  const auto begun = std::chrono::steady_clock::now();
  box_.replace(number_of(*turn), [this, turn, begun](base::Result<os::Fd> gate) {
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
    if (gate.ok()) {
      core_.log.info("agent.replaced", {{"turn", number_of(*turn)}, {"us", static_cast<std::uint64_t>(took.count())}});
    }
    replaced(turn, std::move(gate));
  });
}

void TurnLoop::replaced(const TurnPtr& turn, base::Result<os::Fd> gate) {
  if (stopped_) return;
  replacing_ = false;
  agent_lives_ = gate.ok();
  const auto from = core_.memory.agent_of;
  const auto outcome = gate.ok() ? "ok" : base::to_string(gate.error().code);
  auto row = rows::replaced(core_.clock.now(), *turn, from, outcome);
  const auto told =
      core_.announce(NewEvent{"session.agent_replaced",
                              {{"from", from}, {"to", turn->certificate.actor.text()}, {"outcome", outcome}}},
                     turn.get());
  if (!told.ok()) core_.log.error("event.refused", told.error());
  if (!gate.ok()) {
    core_.record(std::move(row));
    return effects_.on_failed(gate.error());
  }
  remember_actor(core_.memory, row);
  gate_.attach(std::move(*gate));
  effects_.on_new_gate();
  core_.record(std::move(row), std::nullopt, [this, turn](const base::Result<Recorded>& recorded) {
    if (recorded.ok()) tell_gate(turn);
  });
  ask();
}

void TurnLoop::tell_gate(const TurnPtr& turn) {
  if (core_.turns.current() != turn) return;
  const auto told = core_.announce(NewEvent{"turn.opened", {{"message", turn->message}}}, turn.get());
  if (!told.ok()) core_.log.error("event.refused", told.error());
  const auto sent = gate_.send_message<seam::gate::ToGate>(seam::gate::TurnOpened{number_of(*turn), turn->message});
  if (!sent.ok()) core_.log.error("gate.refused", sent.error());
  effects_.on_opened(*turn);
  // Its end was told before it was open here.
  if (core_.memory.ended_turn == number_of(*turn)) close(core_.memory.ended_how);
}

void TurnLoop::close(std::string_view outcome) {
  const auto turn = core_.turns.close();
  if (!turn) return;
  expiry_.cancel();
  effects_.on_closed();
  core_.record(rows::entry(core_.clock.now(), "turn.closed", turn.get(), outcome));
  const auto told = core_.announce(NewEvent{"turn.closed", {{"outcome", outcome}}}, turn.get());
  if (!told.ok()) core_.log.error("event.refused", told.error());
  const auto sent = gate_.send_message<seam::gate::ToGate>(seam::gate::TurnClosed{number_of(*turn)});
  if (!sent.ok()) core_.log.warn("gate.refused", {{"why", sent.error().message}});
}

void TurnLoop::agent_ended() {
  // The one that is to end anyway. Whoever's turn this is, it was not theirs.
  if (replacing_) return;
  agent_lives_ = false;
  close("failed");
}

void TurnLoop::stop() {
  stopped_ = true;
  pause_.cancel();
}

}  // namespace x1::broker
