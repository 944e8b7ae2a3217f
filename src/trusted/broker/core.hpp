// Core: what the broker's desks share. One object, made in main's wiring, kept alive by it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
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

namespace x1::broker {

struct Core {
  boost::asio::io_context& context;
  const base::Clock& clock;
  crypto::Random& random;
  const log::Log& log;
  const crypto::SigningKey& key;
  const base::SessionId session;
  const std::vector<crypto::PublicKey> api_keys;
  const Toolbox& toolbox;
  BusPort& bus;
  Memory& memory;
  Turns turns;
  Commit& commit;
  EventLog& events;
  std::function<void()> on_event;  // there is something for the uplink

  // Records a row and, if it holds a fact, applies it: what rests on the fact leaves the process only after a later
  // row of the same file, or this one, is durable.
  void record(audit::Entry entry, const std::optional<policy::LedgerFact>& fact = std::nullopt,
              Commit::OnRecorded then = {});
  // Tells the people in the session. A refused event (too large, too many) is returned to whoever may tell the agent.
  base::Status announce(NewEvent event, const Turn* turn);
};

}  // namespace x1::broker
