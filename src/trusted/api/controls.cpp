#include "api/controls.hpp"

namespace x1::api {

Status add_control(Services& services, const SessionId& session, const UserId& actor, policy::ControlAction action) {
  const policy::Control control{crypto::random_id(services.random), session, actor, std::move(action),
                                services.clock.now()};
  return services.store.outbox().add(
      ControlMessage{control.id, session, sign(control, services.key), std::nullopt, std::nullopt});
}

Status add_consent(Services& services, const policy::ConsentToken& token) {
  X1_TRY(only_one, services.store.consents().add_consent(token));
  return services.store.outbox().add(
      ControlMessage{token.id, token.session, sign(token, services.key), token.challenge, token.expires});
}

}  // namespace x1::api
