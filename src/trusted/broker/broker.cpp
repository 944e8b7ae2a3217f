#include "broker/broker.hpp"

#include "broker/rows.hpp"
#include "broker/subjects.hpp"
#include "seam/ending.hpp"

namespace x1::broker {
namespace {

using base::Code;
using base::Error;

constexpr base::Duration door_patience = std::chrono::seconds(10);

Error turn_over() {
  return Error{Code::no_active_turn, "The turn that the call belonged to is over.", "Wait for the next message."};
}

}  // namespace

Broker::Broker(Core& core, Journal& journal, Seams seams, Endings endings)
    : core_(core),
      journal_(journal),
      endings_(std::move(endings)),
      gate_(core.context, std::move(seams.gate)),
      box_(core.context, std::move(seams.supervisor)),
      vault_(core.context, std::move(seams.vault), core.key),
      dialer_(core.context, std::move(seams.dialer)),
      egress_(core, vault_, dialer_),
      calls_(core, egress_, gate_),
      notices_(core, gate_),
      questions_(core),
      agent_calls_(core, calls_, questions_, gate_),
      turn_loop_(core, gate_, box_,
                 TurnEffects{[this](const Turn& turn) {
                               open_door();
                               notices_.turn_opened(turn);
                             },
                             [this] { turn_closed(); }, [this] { wait_at_door(); },
                             [this](const Error& why) { end("The agent could not be replaced.", why); }}),
      door_(core.context),
      uplink_(core, journal),
      renewal_(
          core, [this] { return calls_.under_way() == 0; }, journal.seq() > 0),
      control_(core, ControlEffects{[this] { ledger_changed(); },
                                    [this](const policy::RevokeGrants& what) { calls_.cut(what); },
                                    [this](std::string_view outcome) { turn_loop_.close(outcome); },
                                    [this] { end("ended by its owner"); },
                                    [this](std::string_view question, std::string text) {
                                      return questions_.answer(question, std::move(text));
                                    },
                                    [this](std::string consent, VaultLink::OnPasskey then) {
                                      vault_.check_passkey(std::move(consent), std::move(then));
                                    }}),
      keys_(core,
            KeyEffects{[this] { ledger_changed(); }, [this](std::string_view outcome) { turn_loop_.close(outcome); }}),
      first_(journal.seq() == 0) {}

void Broker::start() {
  core_.on_event = [this] { uplink_.on_event(); };
  calls_.on_asked(
      [this](const policy::Challenge& question, const ProviderTool& tool) { notices_.asked(question, tool); });
  core_.on_withdrawn = [this] {
    calls_.ledger_changed();
    notices_.ledger_changed();
  };
  core_.commit.on_synced([this] { uplink_.on_rows_synced(); });
  const auto now = core_.clock.now();
  core_.record(rows::boot(now, core_.key.public_key()));
  if (journal_.cut_off() > 0) core_.record(rows::mended(now, journal_.cut_off()));
  keys_.begin();
  // Of a sidecar that goes on with a record, the API tells people itself.
  const auto told = first_ ? core_.announce(NewEvent{"session.started", {}}, nullptr) : base::Status(base::Done{});
  if (!told.ok()) core_.log.error("event.refused", told.error());

  gate_.start([this](std::string_view frame) { take_from_gate(frame); },
              [this](const Error& why) { gone("gate", why); });
  vault_.start([this] { broken("vault"); });
  dialer_.start([this](const Error& why) { gone("dialer", why); });
  box_.start({.on_vault =
                  [this](os::Fd vault) {
                    core_.log.info("vault.again");
                    vault_.attach(std::move(vault));
                  },
              .on_api =
                  [this] {
                    turn_loop_.ask_again();
                    uplink_.begin_again();
                  },
              .on_provider = [this](const std::string& domain) { calls_.provider_again(domain); },
              .on_agent_ended = [this] { turn_loop_.agent_ended(); },
              .on_keys =
                  [this](const wire::Value& keys, auto then) {
                    // Nobody is believed any more, by whatever key: no rotation has to wait for this one.
                    if (ending_) return then(base::Done{});
                    keys_.take(keys, std::move(then));
                  },
              .on_end = [this] { end("the session is over"); },
              .on_gone = [this] { end("the supervisor is gone"); }});
  wait_at_door();
  core_.bus.serve(subject::control(core_.session),
                  [this](std::string token, const std::string& reply) { control(std::move(token), reply); });
  uplink_.start([this] { record_holds(); });
  renewal_.start();
}

// From here on it serves. Before, no turn is open and no control is obeyed.
void Broker::record_holds() {
  record_holds_ = true;
  ask_again();
  if (!ending_) turn_loop_.start();
}

// A question that was written down and not answered survives a restart: people are told of it again.
void Broker::ask_again() {
  const auto now = core_.clock.now();
  for (const auto& id : core_.memory.asked) {
    if (core_.memory.ledger.state(id, now) != policy::ChallengeState::pending) continue;
    const auto* challenge = core_.memory.ledger.challenge(id);
    const auto tool = core_.toolbox.find(challenge->request.tool);
    if (!tool) continue;
    core_.ask_people(*challenge, *tool, nullptr);
  }
}

void Broker::take_from_gate(std::string_view frame) {
  auto message = seam::decode_frame<seam::gate::ToBroker>(frame);
  if (!message.ok()) return broken("gate");
  if (auto* call = std::get_if<seam::gate::AgentCall>(&*message)) return agent_called(std::move(*call));
  if (const auto* gone = std::get_if<seam::gate::AgentGone>(&*message)) {
    calls_.gone(gone->call);
    questions_.gone(gone->call);
    return;
  }
  if (const auto* said = std::get_if<seam::gate::AgentOutput>(&*message)) return agent_calls_.output(*said);
  if (const auto* done = std::get_if<seam::gate::AgentDone>(&*message)) return agent_done(*done);
  if (auto* result = std::get_if<seam::gate::ProviderResult>(&*message)) {
    return calls_.understood(result->parse, std::move(*result));
  }
  if (auto* wants = std::get_if<seam::gate::ProviderWants>(&*message)) {
    return calls_.understood(wants->parse, std::move(*wants));
  }
  auto& failed = std::get<seam::gate::ProviderFailed>(*message);
  calls_.understood(failed.parse, std::move(failed));
}

// gate counts its calls, one by one. A number that comes again could put one call's answer in another's place, and one
// that leaps ahead would leave none for the gates that come after.
void Broker::agent_called(seam::gate::AgentCall call) {
  if (call.call != last_call_ + 1) return broken("gate");
  last_call_ = call.call;
  agent_calls_.take(std::move(call));
}

// gate lets its first client in when it has the tools. An agent that was started for a turn must not be faster than the
// turn: so the door opens with the first turn, or after a while when there is none yet.
void Broker::wait_at_door() {
  door_open_ = false;
  door_.expires_after(door_patience);
  door_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) open_door();
  });
}

// A new gate counts its calls on from the last of the gates before: what is still on its way to a call of an earlier
// person, a provider's answer or a row's receipt, finds no call of that number.
void Broker::open_door() {
  if (std::exchange(door_open_, true)) return;
  door_.cancel();
  const auto sent = gate_.send_message<seam::gate::ToGate>(seam::gate::Tools{core_.toolbox.listing(), last_call_});
  if (!sent.ok()) core_.log.error("gate.refused", sent.error());
}

void Broker::agent_done(const seam::gate::AgentDone& done) {
  if (core_.turns.open_turn(done.turn)) turn_loop_.close(done.outcome == "completed" ? "completed" : "failed");
}

void Broker::ledger_changed() {
  calls_.ledger_changed();
  notices_.ledger_changed();
  dialer_.hang_up();
}

void Broker::turn_closed() {
  calls_.stop_all(turn_over());
  questions_.stop_all(turn_over());
  notices_.turn_closed();
  dialer_.hang_up();
}

void Broker::control(std::string token, const std::string& reply) {
  // Whoever asks must wait in the API's own inbox; an answer anywhere else could be made to mean something.
  if (!reply.starts_with(subject::api_inbox)) return core_.log.warn("control.reply_refused");
  if (!record_holds_) {
    return core_.bus.answer(reply, "error unavailable The session's record is being compared with the API's.");
  }
  control_.take(token, [this, reply](std::string answer) { core_.bus.answer(reply, std::move(answer)); });
}

// However it ends, the books are closed: what was done must be known.
void Broker::end(std::string_view reason, base::Status outcome) {
  if (ending_) return;
  ending_ = true;
  door_.cancel();
  turn_loop_.stop();
  turn_loop_.close("ended");
  const auto told = core_.announce(NewEvent{"session.ended", {{"reason", reason}}}, nullptr);
  if (!told.ok()) core_.log.error("event.refused", told.error());
  core_.commit.close(rows::closed(core_.clock.now(), reason),
                     [this, outcome = std::move(outcome)](const base::Result<Recorded>&) {
                       uplink_.drain(seam::broker_drain, [this, outcome] { endings_.on_end(outcome); });
                     });
}

// A part that died can be started again, with another broker; one that broke the protocol is another matter. That the
// session is over the supervisor says before it ends the parts.
void Broker::gone(std::string_view part, const Error& why) {
  box_.hear_now();
  if (why.code == Code::unavailable) return cut_off(part);
  broken(part);
}

// The books stay open, and so do turn, questions and grants: whoever goes on with the record reads them back. A call
// that was under way is over.
void Broker::cut_off(std::string_view part) {
  if (ending_) return;
  ending_ = true;
  door_.cancel();
  turn_loop_.stop();
  turn_closed();
  auto row = rows::entry(core_.clock.now(), "sidecar.cut_off", nullptr);
  row.target = part;
  core_.commit.close(std::move(row), [this](const base::Result<Recorded>&) { endings_.on_cut_off(); });
}

void Broker::broken(std::string_view seam) {
  const auto reason = "The seam to " + std::string(seam) + " broke.";
  end(reason, Error{Code::unavailable, reason, "Start the session again."});
}

}  // namespace x1::broker
