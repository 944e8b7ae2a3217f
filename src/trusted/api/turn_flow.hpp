// TurnFlow: which turn a broker works on next. A turn's certificate is minted when it opens, not when it is queued, and
// names the broker's boot: another broker, or the same after a restart, can't work on it.
#pragma once

#include <optional>
#include <string>

#include "api/services.hpp"

namespace x1::api {

// What a broker asks: "<boot key> <last turn it has seen>".
struct TurnQuestion {
  std::string boot_key;
  std::uint64_t seen = 0;
};
[[nodiscard]] base::Result<TurnQuestion> read_turn_question(std::string_view payload);

// The answer: certificate, connections of the actor, message, each on a line (the message on the rest); or nothing yet.
// Opens the next turn that waits when none is open. The turn of somebody who may not speak in the session (any more) is
// cancelled instead. Fails with forbidden when the broker is not the session's.
[[nodiscard]] Maybe<std::string> next_turn(Services& services, const SessionId& session, const TurnQuestion& question);

// Closes a turn that its broker does not work on, and tells the people. In the present transaction.
[[nodiscard]] Status cancel_unseen(Services& services, const Turn& turn);

}  // namespace x1::api
