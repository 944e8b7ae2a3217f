// EventIntake: what brokers report, believed for its signature. Numbered from 1 without gaps; taking the same one twice
// is taking it once.
#pragma once

#include <string>
#include <string_view>

#include "api/services.hpp"

namespace x1::api {

// Takes a signed event and gives the signed receipt for the last number that is stored: the event's own, or a lower
// one when those before it are missing. An event that is wrong uses up its number all the same: the receipt says that
// it was refused and why (conflict: another event has this number), and `event.refused` is stored in its place. Fails
// with invalid_token (not signed by this session's broker), invalid_request (no number), or an error that may pass.
[[nodiscard]] base::Result<std::string> take_event(Services& services, const SessionId& session,
                                                   std::string_view token);

// The keys that may sign for a session: those of its brokers' boots.
[[nodiscard]] base::Result<std::vector<crypto::PublicKey>> keys_of(Services& services, const SessionId& session);

}  // namespace x1::api
