#include "policy/decide.hpp"

#include <algorithm>

namespace x1::policy {

// The one maker of permits. It lives in this file only, so that no other code can say yes.
struct Mint {
  static Permit permit(const Call& call, const Scope& scope, const Grant& grant) { return Permit(call, scope, grant); }
  static RequestPermit request_permit(const Permit& permit, const wire::PlannedRequest& request) {
    return RequestPermit(permit, request);
  }
};

std::string_view to_string(DenyReason reason) noexcept {
  switch (reason) {
    case DenyReason::no_active_turn: return "no_active_turn";
    case DenyReason::unknown_tool: return "unknown_tool";
    case DenyReason::unknown_connection: return "unknown_connection";
    case DenyReason::wrong_session: return "wrong_session";
    case DenyReason::method_or_path: return "method_or_path";
    case DenyReason::body: return "body";
    case DenyReason::not_planned: return "not_planned";
    case DenyReason::wrong_origin: return "wrong_origin";
    case DenyReason::malformed: return "malformed";
  }
  return "malformed";
}

GrantState state_of(const Grant& grant) noexcept {
  if (grant.revoked) return GrantState::revoked;
  return grant.spent ? GrantState::spent : GrantState::live;
}

namespace {

bool is_in_time(const Grant& grant, TimePoint now) noexcept {
  switch (grant.lifetime) {
    case Lifetime::once: return now - grant.granted <= max_once_life;
    case Lifetime::turn:
    case Lifetime::session: return true;
    case Lifetime::until: return grant.until.has_value() && now < *grant.until;
  }
  return false;
}

using Part = std::optional<std::string>;

// A part ends with '/', so one that begins with another lies in it.
bool is_in_part(const Grant& grant, const Part& within) noexcept {
  return !grant.within || (within && within->starts_with(*grant.within));
}

step::UseGrant use_of(const Grant& grant, const Call& call, const Part& within, const Scope& scope,
                      TimePoint now) noexcept {
  return {
      .same_session = grant.session == call.session,
      .same_actor = grant.actor == call.actor,
      .same_scope = grant.scope == scope.name,
      .same_connection = grant.connection == call.connection,
      .same_request = grant.lifetime != Lifetime::once || call.digest == grant.digest,
      .same_turn = grant.lifetime != Lifetime::turn || call.turn == grant.turn,
      .in_time = is_in_time(grant, now),
      .within_limits = is_within(grant.limits, grant.used),
      .same_part = is_in_part(grant, within),
      .no_new_influence = !scope.side_effects || (call.entered && *call.entered <= grant.sources),
  };
}

// Whether it would cover the call, had nothing entered since.
bool would_cover(step::UseGrant step) noexcept {
  step.no_new_influence = true;
  return step.unmet() == nullptr;
}

// The broker knows the number of the turn that is open, and no other.
TurnState turn_state_of(const Call& call) noexcept { return call.turn ? TurnState::open : TurnState::closed; }

const Scope* scope_of(const Call& call, const Manifest& manifest) noexcept {
  const Tool* tool = find_tool(manifest, call.tool);
  return tool == nullptr ? nullptr : find_scope(manifest, call.reads ? tool->reads : tool->scope);
}

}  // namespace

bool covers(const Grant& grant, const Call& call, const Scope& scope, TimePoint now) noexcept {
  return step::UseGrant::leaves(state_of(grant)) && use_of(grant, call, call.within, scope, now).unmet() == nullptr;
}

std::optional<std::string> part_for(const Call& call, const Manifest& manifest, std::span<const Grant> grants,
                                    TimePoint now) {
  const Scope* scope = scope_of(call, manifest);
  if (scope == nullptr) return std::nullopt;
  const Grant* newest = nullptr;
  for (const Grant& grant : grants) {
    if (grant.lifetime == Lifetime::once || !step::UseGrant::leaves(state_of(grant))) continue;
    if (!would_cover(use_of(grant, call, grant.within, *scope, now))) continue;
    if (!grant.within) return std::nullopt;
    if (newest == nullptr || grant.granted >= newest->granted) newest = &grant;
  }
  return newest == nullptr ? std::nullopt : newest->within;
}

std::string_view base_path_of(const std::optional<std::string>& within, const wire::Url& connection) noexcept {
  return within ? std::string_view(*within) : std::string_view(connection.path);
}

namespace {

// The second place that COPY and MOVE reach: it must be one that the scope could have gone to itself.
bool allows_destination(const Scope& scope, const wire::PlannedRequest& wanted, const wire::Url& connection,
                        std::string_view base_path) {
  const auto header = std::ranges::find(wanted.headers, std::string_view("destination"), &wire::Header::name);
  if (header == wanted.headers.end()) return true;
  if (header->value.starts_with('/')) return allows(scope, wanted.method, header->value, base_path);
  const auto url = wire::parse_url(header->value);
  return url.ok() && url->origin == connection.origin && url->query.empty() &&
         allows(scope, wanted.method, url->path, base_path);
}

}  // namespace

std::optional<DenyReason> refusal_of(const Scope& scope, const wire::PlannedRequest& wanted,
                                     const std::optional<std::string>& within, const wire::Url& connection) {
  if (within && !is_part(connection.path, *within)) return DenyReason::method_or_path;
  const auto base_path = base_path_of(within, connection);
  if (!allows(scope, wanted.method, wanted.target, base_path)) return DenyReason::method_or_path;
  if (!allows_destination(scope, wanted, connection, base_path)) return DenyReason::method_or_path;
  if (!allows_body(scope, wanted, base_path, within.has_value())) return DenyReason::body;
  return std::nullopt;
}

Decision decide(const Call& call, const Manifest& manifest, std::span<const Grant> grants, TimePoint now) {
  if (!step::ServeTurn::leaves(turn_state_of(call))) return Deny{DenyReason::no_active_turn};
  const Scope* scope = scope_of(call, manifest);
  if (scope == nullptr) return Deny{DenyReason::unknown_tool};

  // The one that the call uses least goes first: one without a limit, one with, one that is used up by it.
  const auto cost = [](const Grant& grant) {
    if (grant.lifetime == Lifetime::once) return 2;
    return grant.limits ? 1 : 0;
  };
  const Grant* best = nullptr;
  std::optional<std::size_t> known;
  for (const Grant& grant : grants) {
    if (!step::UseGrant::leaves(state_of(grant))) continue;
    const auto use = use_of(grant, call, call.within, *scope, now);
    if (use.unmet() != nullptr) {
      if (would_cover(use)) known = std::max(known, std::optional(grant.sources));
      continue;
    }
    if (best == nullptr || cost(grant) < cost(*best)) best = &grant;
    if (cost(*best) == 0) break;
  }
  if (best != nullptr) return Allow{Mint::permit(call, *scope, *best)};
  return Ask{scope->name, known};
}

RequestDecision decide_request(const Permit& permit, const wire::PlannedRequest& wanted, std::size_t index,
                               const Planned& planned, const Manifest& manifest, const wire::Url& connection) {
  const Scope* scope = find_scope(manifest, permit.scope());
  if (scope == nullptr) return Deny{DenyReason::method_or_path};
  if (!wire::check_planned(wanted).ok()) return Deny{DenyReason::malformed};
  if (wanted.origin != connection.origin) return Deny{DenyReason::wrong_origin};
  if (const auto refusal = refusal_of(*scope, wanted, permit.call().within, connection)) return Deny{*refusal};
  if (!planned && permit.grant().lifetime == Lifetime::once) return Deny{DenyReason::not_planned};
  if (planned && (index >= planned->size() || (*planned)[index] != wanted)) return Deny{DenyReason::not_planned};
  return Mint::request_permit(permit, wanted);
}

bool may_dial(const RequestPermit& permit, std::span<const Entered> entered) noexcept {
  const auto& call = permit.call();
  if (!permit.side_effects()) return true;
  if (!call.entered || *call.entered > entered.size()) return false;
  return std::ranges::all_of(entered.subspan(*call.entered), [&](const Entered& each) { return each.call == call.id; });
}

}  // namespace x1::policy
