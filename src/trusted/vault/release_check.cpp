#include "vault/release_check.hpp"

#include <array>

#include "wire/jws.hpp"

namespace x1::vault {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t max_token_bytes = 8192;

Error forbidden(std::string_view why) { return Error{Code::forbidden, std::string(why), ""}; }
Error expired(std::string_view why) { return Error{Code::expired, std::string(why), "Ask the person again."}; }

// A consent token lives five minutes for its redemption by the broker; what it granted may last longer. So its times
// are checked as they stood when it was issued, and its lifetime by permit_release.
base::Result<policy::ConsentToken> verify_redeemed_consent(std::string_view token, policy::Keys keys,
                                                           base::TimePoint now) {
  X1_TRY(value, wire::verify_jws(wire::TokenType::consent, token, keys, max_token_bytes));
  const auto consent = policy::consent_from(value);
  if (!consent.ok()) return Error{Code::invalid_token, consent.error().message, ""};
  if (consent->expires <= consent->issued || consent->expires - consent->issued > policy::max_consent_life) {
    return Error{Code::invalid_token, "The consent claims to live longer than its kind may.", ""};
  }
  if (consent->issued > now + policy::max_clock_skew) return expired("The consent is not valid yet.");
  return *consent;
}

base::Status belong_together(const Claims& claims, const base::SessionId& session) {
  const auto& [turn, consent, request] = claims;
  if (turn.session != session || consent.session != session || request.session != session) {
    return forbidden("The tokens are of another session than this channel.");
  }
  if (request.turn != turn.turn) return forbidden("The release is for another turn than the certificate.");
  if (consent.actor != turn.actor) return forbidden("Somebody else gave the consent.");
  if (consent.scope != request.scope) return forbidden("The consent is for another scope.");
  if (consent.connection != request.connection) return forbidden("The consent is for another connection.");
  return base::Done{};
}

}  // namespace

base::Status ConsentUses::check(const policy::ConsentToken& consent, base::TurnNumber turn, base::TimePoint now) const {
  if (consent.until && now > *consent.until) return expired("The consent's time is over.");
  const auto found = uses_.find(consent.id);
  if (found == uses_.end()) return base::Done{};
  const auto& use = found->second;
  switch (consent.lifetime) {
    case policy::Lifetime::once:
      if (use.releases >= most_for_once || now - use.first > window_for_once) {
        return expired("The consent was for one call, which is over.");
      }
      return base::Done{};
    case policy::Lifetime::turn:
      if (use.first_turn != static_cast<std::uint64_t>(turn)) return expired("The consent was for an earlier turn.");
      return base::Done{};
    case policy::Lifetime::session:
    case policy::Lifetime::until: return base::Done{};
  }
  return forbidden("The consent has no lifetime.");
}

void ConsentUses::note(const std::string& consent_id, std::uint64_t turn, base::TimePoint at) {
  auto& use = uses_.try_emplace(consent_id, Use{.first = at, .first_turn = turn}).first->second;
  ++use.releases;
}

base::Result<Claims> verify_claims(const Tokens& tokens, const crypto::PublicKey& api, const base::SessionId& session,
                                   base::TimePoint now, Attempt& attempt) {
  const std::array api_keys{api};
  X1_TRY(turn, policy::verify_turn(tokens.turn, api_keys, now));
  attempt.actor = turn.actor.text();
  attempt.turn = static_cast<std::uint64_t>(turn.turn);
  const std::array boot_keys{turn.boot_key};
  X1_TRY(request, policy::verify_release(tokens.request, boot_keys, now));
  attempt.scope = request.scope;
  attempt.connection = request.connection.text();
  attempt.request = crypto::to_hex(request.request);
  X1_TRY(consent, verify_redeemed_consent(tokens.consent, api_keys, now));
  Claims claims{std::move(turn), std::move(consent), std::move(request)};
  X1_TRY(together, belong_together(claims, session));
  return std::move(claims);
}

base::Result<ReleasePermit> permit_release(Claims claims, const base::UserId& owner, const ConsentUses& uses,
                                           base::TimePoint now) {
  if (claims.turn.actor != owner) return forbidden("The connection belongs to somebody else.");
  X1_TRY(usable, uses.check(claims.consent, claims.request.turn, now));
  return ReleasePermit(std::move(claims));
}

}  // namespace x1::vault
