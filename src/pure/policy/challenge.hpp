// Challenge: the question that a person is asked. Made by the broker, written down, signed as an event, shown by the
// dialog, answered by a ConsentToken or a denial.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "crypto/digest.hpp"
#include "policy/assurance.hpp"
#include "policy/source.hpp"
#include "policy/states.hpp"
#include "policy/tokens.hpp"
#include "wire/canonical_request.hpp"
#include "wire/value.hpp"

namespace x1::policy {

// One of the asked person's own accounts that would do as well.
struct Account {
  ConnectionId id;
  std::string url;
  bool operator==(const Account&) const = default;
};

// What the person may choose instead of all that is asked for.
struct Choices {
  static constexpr std::size_t most_accounts = 64;
  static constexpr std::size_t most_parts = 16;
  std::vector<Account> accounts;   // the question can be asked anew about one of them
  std::vector<std::string> parts;  // paths below the account's that a longer grant can be for; any other may be typed
  bool operator==(const Choices&) const = default;
};

struct Challenge {
  ChallengeId id;
  SessionId session;
  TurnNumber turn;
  wire::CanonicalRequest request;  // actor, scope and connection are in it
  crypto::Digest digest;           // of `request`
  TimePoint issued;
  TimePoint expires;
  Assurance assurance = Assurance::none;   // what the scope demands of the answer
  std::string base_path = {};              // of the account's URL; empty: no part of it can be chosen
  std::optional<std::string> within = {};  // the part of the account that the call is for; a grant is for no more
  // Every source that had entered the session when this was asked, in the order of their coming. A yes knows of these.
  std::vector<Source> sources = {};
  // How many of them the newest grant knew of that would have served, had nothing entered since; nothing: there is
  // none.
  std::optional<std::size_t> known = {};
  Choices choices = {};
  bool operator==(const Challenge&) const = default;
};

[[nodiscard]] wire::Value to_value(const Challenge& challenge);
// Refuses a challenge whose digest is not that of its request.
[[nodiscard]] base::Result<Challenge> challenge_from(const wire::Value& value);

// The broker's word that it asks exactly this: a JWS over a digest of the whole challenge.
[[nodiscard]] std::string sign(const Challenge& challenge, const crypto::SigningKey& key);
// Whether one of `keys` signed it for this very challenge. Fails with invalid_token.
[[nodiscard]] base::Status verify_challenge(std::string_view token, Keys keys, const Challenge& challenge);

// Whether the question can be asked about this account instead.
[[nodiscard]] bool offers(const Challenge& challenge, const ConnectionId& account) noexcept;
// Whether what was chosen in the token lies in what was asked for, which lies in the account. A yes for once is for
// what was shown, and nothing is chosen with it.
[[nodiscard]] bool is_choosable(const ConsentToken& token, const Challenge& challenge) noexcept;

// What redeeming this token for this challenge rests on, but for `token_unused` and `assertion_verified`, which the
// ledger adds: both are false here.
[[nodiscard]] step::RedeemChallenge redemption(const ConsentToken& token, const Challenge& challenge, TimePoint now);
// The part of the account that a grant from this token is for: the one that was chosen, or the one that was asked for.
[[nodiscard]] std::optional<std::string> granted_part(const ConsentToken& token, const Challenge& challenge);
// Whether a consent token answers this very challenge: every bound member equal, and not expired.
[[nodiscard]] base::Status answers(const ConsentToken& token, const Challenge& challenge, TimePoint now);

}  // namespace x1::policy
