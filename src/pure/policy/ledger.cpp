#include "policy/ledger.hpp"

#include <algorithm>

namespace x1::policy {
namespace {

using base::Code;
using base::Error;

bool is_dead(const Grant& grant) noexcept { return state_of(grant) != GrantState::live; }

// By actor, then scope, then the live ones first; -1, 0 or 1.
int compare(const Grant& grant, std::string_view actor, std::string_view scope, bool dead) noexcept {
  if (const int by_actor = std::string_view(grant.actor.text()).compare(actor); by_actor != 0) return by_actor;
  if (const int by_scope = std::string_view(grant.scope).compare(scope); by_scope != 0) return by_scope;
  return static_cast<int>(is_dead(grant)) - static_cast<int>(dead);
}

}  // namespace

bool concerns(const RevokeGrants& what, const Grant& grant) noexcept {
  return (!what.grant || grant.id == *what.grant) && (!what.scope || grant.scope == *what.scope) &&
         (!what.actor || grant.actor == *what.actor);
}

template <class Step>
base::Result<const Ledger::Entry*> Ledger::entry_for(const ChallengeId& id) const {
  const auto found = challenges_.find(id);
  if (found == challenges_.end()) return Error{Code::not_found, "There is no such question.", ""};
  if (!Step::leaves(found->second.state)) return Step::otherwise.error();
  return &found->second;
}

base::Result<Redeemed> Ledger::redeem(const ConsentToken& token, std::string_view text, base::GrantId grant,
                                      TimePoint now, const std::optional<Passkey>& passkey) const {
  X1_TRY(entry, entry_for<step::RedeemChallenge>(token.challenge));
  auto step = redemption(token, entry->challenge, now);
  step.token_unused = !redeemed_.contains(token.id);
  const auto touched = assured(token, entry->challenge.assurance, passkey);
  step.assertion_verified = touched.ok();
  if (const auto* unmet = step.unmet()) {
    // Which passkey was missing, and why, says more than that one was.
    return unmet == &unmet::challenge_redeem_assertion_verified ? touched.error() : unmet->error();
  }
  if (std::ranges::find(grants_, grant, &Grant::id) != grants_.end()) {
    return Error{Code::conflict, "There is a grant of that id already.", ""};
  }
  return Redeemed{token, std::string(text), std::move(grant), now, passkey};
}

base::Result<Denied> Ledger::deny(const ChallengeId& challenge, TimePoint now,
                                  const std::optional<ConnectionId>& instead) const {
  X1_TRY(entry, entry_for<step::DenyChallenge>(challenge));
  const step::DenyChallenge step{
      .in_time = now < entry->challenge.expires,
      .offered = !instead || offers(entry->challenge, *instead),
  };
  if (const auto* unmet = step.unmet()) return unmet->error();
  return Denied{entry->challenge.id, now, instead};
}

base::Result<Withdrawn> Ledger::withdraw(const ChallengeId& challenge, TimePoint now) const {
  X1_TRY(entry, entry_for<step::WithdrawChallenge>(challenge));
  return Withdrawn{entry->challenge.id, now};
}

base::Result<Used> Ledger::use(const base::GrantId& id, const Usage& more) const {
  const auto* found = grant(id);
  if (found == nullptr || is_dead(*found) || !has_room(found->limits, found->used, more)) {
    return unmet::grant_use_within_limits.error();
  }
  return Used{id, more};
}

base::Result<Barred> Ledger::bar(const ChallengeId& id) const {
  const auto found = challenges_.find(id);
  if (found == challenges_.end()) return Error{Code::not_found, "There is no such question.", ""};
  const auto& request = found->second.challenge.request;
  if (found->second.state == ChallengeState::granted || barred(request.actor, request.scope, request.connection)) {
    return step::DenyChallenge::otherwise.error();
  }
  return Barred{id};
}

base::Result<Lifted> Ledger::lift(const ChallengeId& id) const {
  if (bars_.contains(id)) return Lifted{id};
  return Error{Code::not_found, "Nothing was denied for the session by that question.", ""};
}

base::Result<std::optional<Entered>> Ledger::enter(Source source, TimePoint now,
                                                   std::optional<base::CallId> call) const {
  if (std::ranges::find(entered_, source, &Entered::source) != entered_.end()) return std::optional<Entered>();
  if (entered_.size() >= max_sources) {
    return Error{Code::too_many, "512 people, accounts and hosts have entered this session.", "Start a new session."};
  }
  return std::optional(Entered{std::move(source), now, std::move(call)});
}

Revoked Ledger::revoke(const RevokeGrants& what) const {
  Revoked revoked;
  for (const Grant& grant : grants_) {
    if (!step::RevokeGrant::leaves(state_of(grant))) continue;
    if (concerns(what, grant)) revoked.grants.push_back(grant.id);
  }
  return revoked;
}

void Ledger::insert(Grant grant) {
  const auto at = std::ranges::partition_point(grants_, [&](const Grant& other) {
    return compare(other, grant.actor.text(), grant.scope, is_dead(grant)) <= 0;
  });
  grants_.insert(at, std::move(grant));
}

template <class Step>
void Ledger::end_grant(const base::GrantId& id, bool Grant::* how) {
  const auto found = std::ranges::find(grants_, id, &Grant::id);
  if (found == grants_.end() || !Step::leaves(state_of(*found))) return;
  Grant grant = std::move(*found);
  grants_.erase(found);
  grant.*how = true;
  insert(std::move(grant));
}

// What is counted does not move a grant, and a bar is a question's.
void Ledger::apply_rest(const LedgerFact& fact) {
  if (const auto* used = std::get_if<Used>(&fact)) {
    if (!use(used->grant, used->more).ok()) return;
    auto& counted = std::ranges::find(grants_, used->grant, &Grant::id)->used;
    counted.calls += used->more.calls;
    counted.bytes += used->more.bytes;
  } else if (const auto* returned = std::get_if<Returned>(&fact)) {
    const auto found = std::ranges::find(grants_, returned->grant, &Grant::id);
    if (found != grants_.end()) found->used.bytes -= std::min(found->used.bytes, returned->bytes);
  } else if (const auto* barred = std::get_if<Barred>(&fact)) {
    if (bar(barred->challenge).ok()) bars_.insert(barred->challenge);
  } else if (const auto* lifted = std::get_if<Lifted>(&fact)) {
    bars_.erase(lifted->challenge);
  } else if (const auto* entered = std::get_if<Entered>(&fact)) {
    const auto fresh = enter(entered->source, entered->at, entered->call);
    if (fresh.ok() && *fresh) entered_.push_back(**fresh);
  }
}

void Ledger::apply(const LedgerFact& fact) {
  if (const auto* asked = std::get_if<Asked>(&fact)) {
    const Challenge& challenge = asked->challenge;
    if (challenges_.contains(challenge.id)) return;
    // It names all that is in the session: a grant from it knows of no more.
    if (!std::ranges::equal(challenge.sources, entered_, {}, {}, &Entered::source)) return;
    challenges_.emplace(challenge.id, Entry{challenge, ChallengeState::pending});
    latest_.insert_or_assign({challenge.turn, challenge.digest.bytes}, challenge.id);
  } else if (const auto* redeemed = std::get_if<Redeemed>(&fact)) {
    const ConsentToken& token = redeemed->token;
    if (!redeem(token, redeemed->text, redeemed->grant, redeemed->at, redeemed->passkey).ok()) return;
    Entry& entry = challenges_.at(token.challenge);
    entry.state = step::RedeemChallenge::to;
    redeemed_.insert(token.id);
    insert(Grant{redeemed->grant,
                 token.session,
                 token.actor,
                 token.scope,
                 token.connection,
                 token.lifetime,
                 token.digest,
                 entry.challenge.turn,
                 token.until,
                 token.challenge,
                 redeemed->text,
                 redeemed->at,
                 false,
                 false,
                 token.limits,
                 {},
                 granted_part(token, entry.challenge),
                 entry.challenge.sources.size()});
  } else if (const auto* denied = std::get_if<Denied>(&fact)) {
    if (!deny(denied->challenge, denied->at, denied->instead).ok()) return;
    Entry& entry = challenges_.at(denied->challenge);
    entry.state = step::DenyChallenge::to;
    entry.instead = denied->instead;
    if (denied->instead) choose(entry.challenge.request.actor, *denied->instead);
  } else if (const auto* withdrawn = std::get_if<Withdrawn>(&fact)) {
    if (!withdraw(withdrawn->challenge, withdrawn->at).ok()) return;
    challenges_.at(withdrawn->challenge).state = step::WithdrawChallenge::to;
  } else if (const auto* spent = std::get_if<Spent>(&fact)) {
    end_grant<step::SpendGrant>(spent->grant, &Grant::spent);
  } else if (const auto* revoked = std::get_if<Revoked>(&fact)) {
    for (const auto& id : revoked->grants)
      end_grant<step::RevokeGrant>(id, &Grant::revoked);
  } else {
    apply_rest(fact);
  }
}

void Ledger::choose(const UserId& actor, const ConnectionId& connection) {
  auto& chosen = chosen_[actor];
  std::erase(chosen, connection);
  chosen.insert(chosen.begin(), connection);
}

const ConnectionId* Ledger::instead_of(const ChallengeId& challenge) const {
  const auto found = challenges_.find(challenge);
  return found == challenges_.end() || !found->second.instead ? nullptr : &*found->second.instead;
}

std::span<const ConnectionId> Ledger::chosen_by(const UserId& actor) const noexcept {
  const auto found = chosen_.find(actor);
  return found == chosen_.end() ? std::span<const ConnectionId>() : std::span<const ConnectionId>(found->second);
}

std::span<const Grant> Ledger::grants_for(const UserId& actor, std::string_view scope) const noexcept {
  const auto begin = std::ranges::partition_point(
      grants_, [&](const Grant& grant) { return compare(grant, actor.text(), scope, false) < 0; });
  const auto end = std::partition_point(
      begin, grants_.end(), [&](const Grant& grant) { return compare(grant, actor.text(), scope, false) <= 0; });
  return {begin, end};
}

const Grant* Ledger::grant(const base::GrantId& id) const noexcept {
  const auto found = std::ranges::find(grants_, id, &Grant::id);
  return found == grants_.end() ? nullptr : std::to_address(found);
}

const Challenge* Ledger::challenge(const ChallengeId& id) const {
  const auto found = challenges_.find(id);
  return found == challenges_.end() ? nullptr : &found->second.challenge;
}

std::optional<ChallengeState> Ledger::state(const ChallengeId& id, TimePoint now) const {
  const auto found = challenges_.find(id);
  if (found == challenges_.end()) return std::nullopt;
  const Entry& entry = found->second;
  // Nothing is recorded when its time is over: it is told from then on.
  if (step::ExpireChallenge::leaves(entry.state) && now >= entry.challenge.expires) return step::ExpireChallenge::to;
  return entry.state;
}

const Challenge* Ledger::pending(const crypto::Digest& digest, base::TurnNumber turn, TimePoint now) const {
  const auto found = latest_.find({turn, digest.bytes});
  if (found == latest_.end()) return nullptr;
  return state(found->second, now) == ChallengeState::pending ? challenge(found->second) : nullptr;
}

std::vector<ChallengeId> Ledger::pending(const About& about, TimePoint now) const {
  std::vector<ChallengeId> found;
  for (const auto& [id, entry] : challenges_) {
    const auto& request = entry.challenge.request;
    if (entry.state != ChallengeState::pending || now >= entry.challenge.expires) continue;
    if (about.actor && request.actor != *about.actor) continue;
    if (about.scope && request.scope != *about.scope) continue;
    if (about.connection && request.connection != *about.connection) continue;
    found.push_back(id);
  }
  return found;
}

const Challenge* Ledger::barred(const UserId& actor, std::string_view scope, const ConnectionId& connection) const {
  for (const auto& id : bars_) {
    const auto& challenge = challenges_.at(id).challenge;
    const auto& request = challenge.request;
    if (request.actor == actor && request.scope == scope && request.connection == connection) return &challenge;
  }
  return nullptr;
}

std::size_t Ledger::pending_count(TimePoint now) const {
  return static_cast<std::size_t>(std::ranges::count_if(challenges_, [&](const auto& each) {
    return each.second.state == ChallengeState::pending && now < each.second.challenge.expires;
  }));
}

}  // namespace x1::policy
