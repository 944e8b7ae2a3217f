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

Status settle(Services& services, const ControlMessage& message, const std::string& outcome) {
  return services.store.transaction([&]() -> Status {
    X1_TRY(done, services.store.outbox().done(message.id, outcome));
    if (outcome == "ok" || !message.challenge) return base::Done{};
    X1_TRY(challenge, services.store.consents().challenge(*message.challenge));
    if (!challenge || !step::RefuseChallenge::leaves(challenge->state)) return base::Done{};
    return services.store.consents().set_state(*message.challenge, step::RefuseChallenge::to);
  });
}

Status settle_all(Services& services, const SessionId& session) {
  for (;;) {
    X1_TRY(message, services.store.outbox().oldest(session));
    if (!message) return services.store.consents().revoke_all(session);
    X1_TRY(settled, settle(services, *message, "session over"));
  }
}

}  // namespace x1::api
