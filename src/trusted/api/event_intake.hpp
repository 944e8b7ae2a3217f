// EventIntake: what brokers report, believed for its signature. Numbered from 1 without gaps; taking the same one twice
// is taking it once.
#pragma once

#include <string>
#include <string_view>

#include "api/services.hpp"

namespace x1::api {

// Takes one or more signed events, at most 64, joined by '\n', in one transaction, and gives the signed receipt for the
// last number that is stored: the last event's own, or a lower one when events before it are missing. An event that is
// wrong uses up its number all the same: the receipt says that it was refused and why (conflict: another event has this
// number), and `event.refused` is stored in its place. What fails ends the batch: what stood before it is taken, and
// when nothing did, that failure is the answer: invalid_token (not signed by this session's broker), invalid_request
// (no number), or an error that may pass.
[[nodiscard]] base::Result<std::string> take_events(Services& services, const SessionId& session,
                                                    std::string_view payload);

// The keys that may sign for a session: those of its brokers' boots.
[[nodiscard]] base::Result<std::vector<crypto::PublicKey>> keys_of(Services& services, const SessionId& session);

}  // namespace x1::api
