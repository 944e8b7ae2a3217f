#include "vault/release_check.hpp"

#include <array>

namespace x1::vault {
namespace {

using base::Code;
using base::Error;

Error forbidden(std::string_view why) { return Error{Code::forbidden, std::string(why), ""}; }
Error expired(std::string_view why) { return Error{Code::expired, std::string(why), "Ask the person again."}; }

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

base::Result<Claims> verify_claims(const Tokens& tokens, const policy::KeySet& api, const base::SessionId& session,
                                   base::TimePoint now, Believed& believed, Attempt& attempt) {
  X1_TRY(turn, believed.turn(tokens.turn, api, now));
  attempt.actor = turn.actor.text();
  attempt.turn = static_cast<std::uint64_t>(turn.turn);
  const std::array boot_keys{turn.boot_key};
  X1_TRY(request, policy::verify_release(tokens.request, boot_keys, now));
  attempt.scope = request.scope;
  attempt.connection = request.connection.text();
  attempt.request = crypto::to_hex(request.request);
  X1_TRY(consent, believed.consent(tokens.consent, api, now));
  Claims claims{std::move(turn), std::move(consent), std::move(request)};
  X1_TRY(together, belong_together(claims, session));
  return claims;
}

base::Result<ReleasePermit> permit_release(Claims claims, const base::UserId& owner, const ConsentUses& uses,
                                           base::TimePoint now) {
  if (claims.turn.actor != owner) return forbidden("The connection belongs to somebody else.");
  X1_TRY(usable, uses.check(claims.consent, claims.request.turn, now));
  return ReleasePermit(std::move(claims));
}

}  // namespace x1::vault
