// EventIntake: what brokers report, believed for its signature. Numbered from 1 without gaps; taking the same one twice
// is taking it once.
#pragma once

#include <string>
#include <string_view>

#include "api/services.hpp"

namespace x1::api {

// Takes a signed event and gives the signed receipt for the last number that is stored: the event's own, or a lower
// one when those before it are missing. Fails with invalid_token, invalid_request or conflict (another event has this
// number).
[[nodiscard]] base::Result<std::string> take_event(Services& services, const SessionId& session,
                                                   std::string_view token);

// The keys that may sign for a session: those of its brokers' boots.
[[nodiscard]] base::Result<std::vector<crypto::PublicKey>> keys_of(Services& services, const SessionId& session);

}  // namespace x1::api
