// A person's authenticator in software, for tests to enrol and to touch. Included by tests only.
#pragma once

#include <string>

#include "policy/passkey.hpp"

namespace x1::policy::testing {

class Authenticator {
 public:
  explicit Authenticator(std::string_view user = "ada", std::string id = "a2V5",
                         crypto::RelyingParty party = {"x1.example", "https://x1.example"})
      : passkey{UserId::parse(user).value(), std::move(id), crypto::PasskeyPublicKey::from(key_.public_key()),
                std::move(party)} {}

  // The touch under exactly this statement; each with the next counter.
  [[nodiscard]] std::string touch(const crypto::Digest& statement) {
    return to_text(Assertion{passkey.id, crypto::make_assertion(key_, passkey.party, statement, ++counter)});
  }
  // The token with the touch that it needs.
  [[nodiscard]] ConsentToken confirmed(ConsentToken token) {
    token.assertion = touch(consent_statement(token));
    return token;
  }

 private:
  crypto::SigningKey key_ = crypto::SigningKey::generate().value();

 public:
  Passkey passkey;
  std::uint32_t counter = 0;
};

}  // namespace x1::policy::testing
