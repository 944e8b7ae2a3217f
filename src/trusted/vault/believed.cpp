#include "vault/believed.hpp"

#include <algorithm>

#include "wire/jws.hpp"

namespace x1::vault {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t max_token_bytes = 8192;

base::Result<policy::ConsentToken> verify_redeemed_consent(std::string_view token, policy::Keys keys) {
  X1_TRY(value, wire::verify_jws(wire::TokenType::consent, token, keys, max_token_bytes));
  const auto consent = policy::consent_from(value);
  if (!consent.ok()) return Error{Code::invalid_token, consent.error().message, ""};
  if (consent->expires <= consent->issued || consent->expires - consent->issued > policy::max_consent_life) {
    return Error{Code::invalid_token, "The consent claims to live longer than its kind may.", ""};
  }
  return *consent;
}

base::Result<policy::ConsentToken> begun(policy::ConsentToken consent, base::TimePoint now) {
  if (consent.issued <= now + policy::max_clock_skew) return consent;
  return Error{Code::clock_skew, "The consent comes from the future.", "Check the clocks."};
}

base::Result<policy::ApiKey> signer(wire::TokenType type, std::string_view token, const policy::KeySet& api) {
  if (const auto* key = api.signer(type, token)) return *key;
  return Error{Code::invalid_token, "The token is of another kind, or signed with a key that is not believed.", ""};
}

}  // namespace

void Believed::forget_what_rested_on_others(const policy::KeySet& api) {
  if (std::exchange(keys_, api.number) == api.number) return;
  turn_.reset();
  consents_.clear();
}

base::Result<policy::TurnCertificate> Believed::turn(std::string_view token, const policy::KeySet& api,
                                                     base::TimePoint now) {
  forget_what_rested_on_others(api);
  const auto digest = crypto::sha256(token);
  if (turn_ && turn_->first == digest) {
    X1_TRY(live, policy::check_times(turn_->second, now));
    return turn_->second;
  }
  X1_TRY(key, signer(wire::TokenType::turn, token, api));
  X1_TRY(certificate, policy::verify_turn(token, policy::Keys{&key.key, 1}, now));
  X1_TRY(holds, policy::still_holds(key, certificate.issued, since_));
  turn_.emplace(digest, certificate);
  consents_.clear();
  return certificate;
}

base::Result<policy::ConsentToken> Believed::consent(std::string_view token, const policy::KeySet& api,
                                                     base::TimePoint now) {
  forget_what_rested_on_others(api);
  const auto digest = crypto::sha256(token);
  const auto known = std::ranges::find(consents_, digest, &decltype(consents_)::value_type::first);
  if (known != consents_.end()) return begun(known->second, now);
  X1_TRY(key, signer(wire::TokenType::consent, token, api));
  X1_TRY(consent, verify_redeemed_consent(token, policy::Keys{&key.key, 1}));
  X1_TRY(holds, policy::still_holds(key, consent.issued, since_));
  if (consents_.size() == most_consents) consents_.pop_front();
  consents_.emplace_back(digest, consent);
  return begun(std::move(consent), now);
}

}  // namespace x1::vault
