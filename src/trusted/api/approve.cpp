#include "api/approve.hpp"

#include "api/controls.hpp"
#include "api/decision.hpp"

namespace x1::api::approve {
namespace {

using policy::Lifetime;

constexpr base::Duration longest_grant = std::chrono::hours(24 * 30);

Status check_until(const Input& input, TimePoint now) {
  if (input.until.has_value() != (input.lifetime == Lifetime::until)) {
    return base::Error{base::Code::invalid_request, "'until' goes with the lifetime 'until', and only with it.", ""};
  }
  if (input.until && (*input.until <= now || *input.until > now + longest_grant)) {
    return base::Error{base::Code::invalid_request, "'until' has to lie within the next 30 days.", ""};
  }
  return base::Done{};
}

Status check_limits(const Input& input) {
  if (input.limits == policy::Limits{}) return base::Done{};
  if (input.lifetime == Lifetime::once) {
    return base::Error{base::Code::invalid_request, "'once' is for one call: it takes no limits.",
                       "choose turn, session or until, or leave the limits out"};
  }
  if (is_limits(input.limits)) return base::Done{};
  return base::Error{base::Code::invalid_request, "'uses' is 1 to 1,000,000 calls, 'bytes' 1 to 2^40.", ""};
}

std::optional<policy::Limits> limits_of(const Input& input) {
  return input.limits == policy::Limits{} ? std::nullopt : std::optional(input.limits);
}

// Without it the broker would refuse; with it, only the broker can tell whether it holds.
Status check_touch(const Input& input, const ChallengeRecord& challenge) {
  const auto* asked = challenge.asked.find("challenge");
  if (input.assertion || asked == nullptr || asked->find("assurance") == nullptr) return base::Done{};
  return base::Error{base::Code::passkey_required, "This has to be confirmed with a passkey.",
                     "run `x1 passkey enroll` once, then answer with `x1 approve`"};
}

// The broker would refuse it as well, and the question would be lost.
Status check_part(const policy::ConsentToken& token, const ChallengeRecord& challenge) {
  X1_TRY(asked, asked_in(challenge));
  if (policy::is_choosable(token, asked)) return base::Done{};
  return base::Error{base::Code::invalid_request, "'within' is no part of the account that can be chosen.",
                     "name a path below the account's that ends with '/', for longer than once"};
}

// In one transaction: what a yes rests on (the question, its connection, the session) is still so when it is minted.
base::Result<ChallengeRecord> minted(const Caller& caller, const Input& input, Services& services) {
  const auto now = services.clock.now();
  X1_TRY(challenge, challenge_to_decide(services, caller, input.challenge));
  const step::ApproveChallenge step{
      .by_actor = challenge.actor == caller.user,
      .in_time = now < challenge.expires,
      .as_shown = challenge.digest == input.digest,
  };
  X1_TRY(may, may_take(step, challenge.state));
  X1_TRY(connected, still_connected(services, challenge));
  X1_TRY(until, check_until(input, now));
  X1_TRY(limits, check_limits(input));
  X1_TRY(touched, check_touch(input, challenge));
  const policy::ConsentToken token{crypto::random_id(services.random),
                                   challenge.id,
                                   challenge.session,
                                   caller.user,
                                   challenge.scope,
                                   challenge.connection,
                                   challenge.digest,
                                   input.lifetime,
                                   input.until,
                                   now,
                                   now + policy::max_consent_life,
                                   input.assertion,
                                   limits_of(input),
                                   input.within};
  X1_TRY(chosen, check_part(token, challenge));
  X1_TRY(added, add_consent(services, token));
  X1_TRY(done, decided(services, challenge, step.to, "consent.minted", to_string(input.lifetime)));
  challenge.state = step.to;
  return challenge;
}

}  // namespace

Input read(const Arguments& arguments) {
  const auto lifetime = policy::lifetime_from(arguments.text("lifetime"));
  X1_CHECK(lifetime.ok());
  return {arguments.id<ChallengeId>("challenge"),
          arguments.digest("digest"),
          *lifetime,
          arguments.optional_time("until"),
          arguments.optional_text("within"),
          arguments.optional_text("assertion"),
          {arguments.optional_number("uses"), arguments.optional_number("bytes")}};
}

base::Result<ChallengeRecord> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(challenge, in_transaction(services.store, [&] { return minted(caller, input, services); }));
  services.announcer.control_waits(challenge.session);
  return std::move(challenge);
}

}  // namespace x1::api::approve
