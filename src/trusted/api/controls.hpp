// Controls: signed messages from people to brokers (a consent, a denial, a revocation, …). Each is written down before
// it is sent, and sent again until the broker has acknowledged it.
#pragma once

#include "api/services.hpp"
#include "policy/tokens.hpp"

namespace x1::api {

// Both in the present transaction; whoever commits it announces control_waits afterwards.
[[nodiscard]] Status add_control(Services& services, const SessionId& session, const UserId& actor,
                                 policy::ControlAction action);
[[nodiscard]] Status add_consent(Services& services, const policy::ConsentToken& token);

// The message's matter is closed: "ok", what its broker answered, or why it is given up. A consent that no broker took
// grants nothing: the person sees that, and not "approved".
[[nodiscard]] Status settle(Services& services, const ControlMessage& message, const std::string& outcome);

// The session is over, and its broker gone: nothing is sent to it any more, and nothing is granted in it. In the
// present transaction.
[[nodiscard]] Status settle_all(Services& services, const SessionId& session);

}  // namespace x1::api
