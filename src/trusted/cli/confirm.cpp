#include "cli/confirm.hpp"

#include <array>

#include "cli/authenticator.hpp"
#include "cli/terminal.hpp"
#include "launch/control_client.hpp"

namespace x1::cli {
namespace {

using base::Code;
using base::Error;

base::Status check_signature(const Context& context, const wire::Value& asked, const policy::Challenge& challenge) {
  const auto* signature = asked.find_string("signature");
  if (signature == nullptr) return Error{Code::invalid_token, "The question is not signed by its sidecar.", ""};
  X1_TRY(supervisor, launch::ControlClient::connect(context.state));
  X1_TRY(key, supervisor.boot_key(challenge.session.text()));
  const std::array keys{key};
  return policy::verify_challenge(*signature, keys, challenge);
}

policy::Lifetime lifetime_of(Choice choice) {
  switch (choice) {
    case Choice::turn: return policy::Lifetime::turn;
    case Choice::session: return policy::Lifetime::session;
    case Choice::until: return policy::Lifetime::until;
    case Choice::once:
    case Choice::no:
    case Choice::deny:
    case Choice::other: break;
  }
  return policy::Lifetime::once;
}

}  // namespace

policy::ConsentToken consent_of(const Question& question, const Answer& answer) {
  const auto& challenge = question.challenge;
  // Id and times are the API's; a touch says nothing of them.
  return {"",
          challenge.id,
          challenge.session,
          challenge.request.actor,
          challenge.request.scope,
          challenge.request.connection,
          challenge.digest,
          lifetime_of(answer.choice),
          answer.until,
          challenge.issued,
          challenge.expires,
          std::nullopt,
          answer.limits,
          answer.within};
}

base::Result<std::string> confirmed(const Context& context, const wire::Value& asked, const Question& question,
                                    const Answer& answer) {
  X1_TRY(signed_so, check_signature(context, asked, question.challenge));
  const auto& user = question.challenge.request.actor;
  if (!Authenticator::exists(context.state, user)) {
    return Error{Code::passkey_required, "This has to be confirmed with a key, and you have none here.",
                 "Run `x1 passkey enroll`."};
  }
  X1_TRY(passphrase, read_secret("Passphrase of your key, to confirm (" + outcome_of(answer) + "; not shown): "));
  X1_TRY(authenticator, Authenticator::open(context.state, user, passphrase));
  return authenticator.touch(policy::consent_statement(consent_of(question, answer)));
}

}  // namespace x1::cli
