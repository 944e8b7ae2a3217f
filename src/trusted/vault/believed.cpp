#include "vault/believed.hpp"

#include <algorithm>
#include <array>

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

}  // namespace

base::Result<policy::TurnCertificate> Believed::turn(std::string_view token, const crypto::PublicKey& api,
                                                     base::TimePoint now) {
  const auto digest = crypto::sha256(token);
  if (turn_ && turn_->first == digest) {
    X1_TRY(live, policy::check_times(turn_->second, now));
    return turn_->second;
  }
  const std::array keys{api};
  X1_TRY(certificate, policy::verify_turn(token, keys, now));
  turn_.emplace(digest, certificate);
  consents_.clear();
  return certificate;
}

base::Result<policy::ConsentToken> Believed::consent(std::string_view token, const crypto::PublicKey& api,
                                                     base::TimePoint now) {
  const auto digest = crypto::sha256(token);
  const auto known = std::ranges::find(consents_, digest, &decltype(consents_)::value_type::first);
  if (known != consents_.end()) return begun(known->second, now);
  const std::array keys{api};
  X1_TRY(consent, verify_redeemed_consent(token, keys));
  if (consents_.size() == most_consents) consents_.pop_front();
  consents_.emplace_back(digest, consent);
  return begun(std::move(consent), now);
}

}  // namespace x1::vault
