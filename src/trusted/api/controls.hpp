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

}  // namespace x1::api
