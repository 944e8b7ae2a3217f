// ControlDesk: what the API tells the broker: a person's yes or no, a revocation, the end of a turn or a session, the
// answer to a question. Every message is a signed token; each is obeyed once and answered when its row is durable, so
// that asking again is always safe.
#pragma once

#include <functional>
#include <string>
#include <variant>

#include "broker/core.hpp"
#include "policy/tokens.hpp"

namespace x1::broker {

// What else has to happen once a token is obeyed. Main's wiring gives these.
struct ControlEffects {
  std::function<void()> ledger_changed;
  std::function<void(const policy::RevokeGrants& what)> cut;  // what runs under these
  std::function<void(std::string_view outcome)> close_turn;
  std::function<void()> end_session;
  std::function<bool(std::string_view question, std::string text)> answer_question;
  // By which passkey that the vault has pinned this consent was confirmed; answers once.
  std::function<void(std::string consent, std::function<void(base::Result<policy::Passkey>)> then)> check_passkey;
};

class ControlDesk {
 public:
  ControlDesk(Core& core, ControlEffects effects) : core_(core), effects_(std::move(effects)) {}

  // One message of `x1.session.<id>.control`. `then` gets the answer: "ok", or "error <code> <message>".
  using OnAnswer = std::function<void(std::string)>;
  void take(std::string_view token, const OnAnswer& then);

 private:
  void redeem(std::string_view text, const OnAnswer& then);
  [[nodiscard]] base::Status redeem(const policy::ConsentToken& token, std::string_view text,
                                    const base::Result<policy::Passkey>& passkey);
  // The answer, once all that was recorded so far is durable.
  void answer(const base::Status& done, const OnAnswer& then);
  [[nodiscard]] base::Status obey(const policy::Control& control);
  [[nodiscard]] base::Status act(const policy::Control& control, const policy::DenyChallenge& what);
  [[nodiscard]] base::Status act(const policy::Control& control, const policy::LiftDenial& what);
  [[nodiscard]] base::Status act(const policy::Control& control, const policy::RevokeGrants& what);
  [[nodiscard]] base::Status act(const policy::Control& control, const policy::CancelTurn& what);
  [[nodiscard]] base::Status act(const policy::Control& control, const policy::FinishTurn& what);
  [[nodiscard]] base::Status act(const policy::Control& control, const policy::EndSession& what);
  [[nodiscard]] base::Status act(const policy::Control& control, const policy::AnswerQuestion& what);
  [[nodiscard]] base::Status bar(const policy::Control& control, const base::ChallengeId& challenge);
  void deny_all(const policy::Control& control, const std::vector<base::ChallengeId>& questions);
  void tell(NewEvent event);
  [[nodiscard]] base::Status end_turn(const policy::Control& control, std::string_view kind, base::TurnNumber turn,
                                      std::string_view outcome);

  Core& core_;
  ControlEffects effects_;
};

}  // namespace x1::broker
