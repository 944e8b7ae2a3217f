// Challenge: the question that a person is asked. Made by the broker, written down, signed as an event, shown by the
// dialog, answered by a ConsentToken or a denial.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "crypto/digest.hpp"
#include "policy/assurance.hpp"
#include "policy/states.hpp"
#include "policy/tokens.hpp"
#include "wire/canonical_request.hpp"
#include "wire/value.hpp"

namespace x1::policy {

struct Challenge {
  ChallengeId id;
  SessionId session;
  TurnNumber turn;
  wire::CanonicalRequest request;  // actor, scope and connection are in it
  crypto::Digest digest;           // of `request`
  TimePoint issued;
  TimePoint expires;
  Assurance assurance = Assurance::none;  // what the scope demands of the answer
  bool operator==(const Challenge&) const = default;
};

[[nodiscard]] wire::Value to_value(const Challenge& challenge);
// Refuses a challenge whose digest is not that of its request.
[[nodiscard]] base::Result<Challenge> challenge_from(const wire::Value& value);

// The broker's word that it asks exactly this: a JWS over a digest of the whole challenge.
[[nodiscard]] std::string sign(const Challenge& challenge, const crypto::SigningKey& key);
// Whether one of `keys` signed it for this very challenge. Fails with invalid_token.
[[nodiscard]] base::Status verify_challenge(std::string_view token, Keys keys, const Challenge& challenge);

// What redeeming this token for this challenge rests on, but for `token_unused` and `assertion_verified`, which the
// ledger adds: both are false here.
[[nodiscard]] step::RedeemChallenge redemption(const ConsentToken& token, const Challenge& challenge, TimePoint now);
// Whether a consent token answers this very challenge: every bound member equal, and not expired.
[[nodiscard]] base::Status answers(const ConsentToken& token, const Challenge& challenge, TimePoint now);

}  // namespace x1::policy
