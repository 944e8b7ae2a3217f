// EventLog: what people in the session see happen, as numbered tokens signed by this boot's key, kept in a file until
// the API has a receipt for them, and after. An event goes to the API only once it is durable, so that a number is
// never given twice. Types and members: schema/events.md.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "broker/line_file.hpp"
#include "broker/turns.hpp"
#include "crypto/signing.hpp"
#include "wire/value.hpp"

namespace x1::broker {

struct NewEvent {
  std::string type;  // "call.finished"
  wire::Value::Object payload;
};

class EventLog {
 public:
  // Main keeps key and clock alive.
  [[nodiscard]] static base::Result<EventLog> open(const std::string& path, base::SessionId session,
                                                   const crypto::SigningKey& key, const base::Clock& clock);

  // Adds one, in the name of the turn's actor, or of nobody. Fails with too_large.
  [[nodiscard]] base::Status add(NewEvent event, const Turn* turn);
  [[nodiscard]] base::Status sync() { return file_.sync(); }
  [[nodiscard]] bool has_unsynced() const noexcept { return file_.has_unsynced(); }

  [[nodiscard]] std::uint64_t last() const noexcept { return last_; }
  [[nodiscard]] const LineFile& file() const noexcept { return file_; }

  // The agent may fill this much with what it says; the platform's own events come through after that.
  static constexpr std::uint64_t max_agent_bytes = std::uint64_t{256} << 20;
  static constexpr std::size_t max_event_bytes = 512 * 1024;

 private:
  EventLog(LineFile file, base::SessionId session, const crypto::SigningKey& key, const base::Clock& clock,
           std::uint64_t last)
      : file_(std::move(file)), session_(std::move(session)), key_(&key), clock_(&clock), last_(last) {}
  LineFile file_;
  base::SessionId session_;
  const crypto::SigningKey* key_;
  const base::Clock* clock_;
  std::uint64_t last_;
};

}  // namespace x1::broker
