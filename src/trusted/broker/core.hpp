// Core: what the broker's desks share. One object, made in main's wiring, kept alive by it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "broker/bus_port.hpp"
#include "broker/commit.hpp"
#include "broker/event_log.hpp"
#include "broker/replay.hpp"
#include "broker/tools.hpp"
#include "broker/turns.hpp"
#include "crypto/random.hpp"
#include "log/log.hpp"
#include "policy/key_set.hpp"

namespace x1::broker {

struct Core {
  boost::asio::io_context& context;
  const base::Clock& clock;
  crypto::Random& random;
  const log::Log& log;
  const crypto::SigningKey& key;
  const base::SessionId session;
  policy::KeySet api_keys;  // KeyDesk alone changes it
  const Toolbox& toolbox;
  BusPort& bus;
  Memory& memory;
  Turns turns;
  Commit& commit;
  EventLog& events;
  std::function<void()> on_event;           // there is something for the uplink
  std::function<void()> on_withdrawn = {};  // later, from the loop: a question will never be answered
  // Questions in events that the API has not taken yet, by the event's number.
  std::map<std::uint64_t, base::ChallengeId> told_questions = {};

  // Records a row and, if it holds a fact, applies it: what rests on the fact leaves the process only after a later
  // row of the same file, or this one, is durable.
  void record(audit::Entry entry, const std::optional<policy::LedgerFact>& fact = std::nullopt,
              Commit::OnRecorded then = {});
  // Records that this source has entered the session, if it had not. Fails with too_many.
  [[nodiscard]] base::Status enter(policy::Source source, const Turn& turn);
  // Tells the people in the session. A refused event (too large, too many) is returned to whoever may tell the agent.
  base::Status announce(NewEvent event, const Turn* turn);
  // Puts a question to the people. If it can't be told, or the API refuses it, nobody will ever answer it: it is
  // withdrawn, and whoever waits for it hears so.
  void ask_people(const policy::Challenge& challenge, const ProviderTool& tool, const Turn* turn);
  // The API has taken all events up to that number, and did not believe these.
  void events_taken(std::uint64_t last, const std::vector<policy::Refusal>& refused);

 private:
  void withdraw(const base::ChallengeId& challenge, std::string_view why);
};

}  // namespace x1::broker
