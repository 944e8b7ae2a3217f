// The only place that says yes. A decision is a pure function of the call, the manifest and the grants; a yes carries
// a Permit, which nothing else can make, and everything that spends authority takes one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "crypto/digest.hpp"
#include "policy/manifest.hpp"
#include "policy/source.hpp"
#include "policy/states.hpp"
#include "policy/tokens.hpp"
#include "wire/canonical_request.hpp"

namespace x1::policy {

struct Grant {
  base::GrantId id;
  SessionId session;
  UserId actor;
  std::string scope;
  ConnectionId connection;
  Lifetime lifetime = Lifetime::once;
  crypto::Digest digest;           // Lifetime::once: the one request it is good for
  TurnNumber turn;                 // Lifetime::turn: the one turn it is good for
  std::optional<TimePoint> until;  // Lifetime::until
  ChallengeId challenge;           // what was asked
  std::string consent;             // the consent token itself: the vault asks for it
  TimePoint granted;
  bool spent = false;  // once, and used
  bool revoked = false;
  std::optional<Limits> limits = {};
  Usage used = {};                         // of the limits; not counted without
  std::optional<std::string> within = {};  // the part of the account that it is for; nothing: all of it
  std::size_t sources = 0;                 // how many had entered when it was asked for: what the person knew of
  bool operator==(const Grant&) const = default;
};

// As the broker knows it: one that is spent or revoked stays so.
[[nodiscard]] GrantState state_of(const Grant& grant) noexcept;

// One call of one tool in one turn, as the broker knows it.
struct Call {
  base::CallId id;
  SessionId session;
  std::optional<TurnNumber> turn;  // nothing: no turn is open
  UserId actor;
  std::string tool;
  ConnectionId connection;
  std::optional<crypto::Digest> digest;  // of the canonical request, once it is planned
  bool reads = false;  // whether it is about what the tool reads to plan the call, rather than about the call
  std::optional<std::string> within = {};   // the part of the account that it is made for; nothing: all of it
  std::optional<std::size_t> entered = {};  // how many sources have entered the session; nothing: nobody knows
};

enum class DenyReason {
  no_active_turn,
  unknown_tool,
  unknown_connection,
  wrong_session,
  method_or_path,
  body,  // which asks for what no rule names, or may reach what its path does not say
  not_planned,
  wrong_origin,
  malformed
};
[[nodiscard]] std::string_view to_string(DenyReason reason) noexcept;

class Permit {
 public:
  Permit(Permit&&) noexcept = default;
  Permit& operator=(Permit&&) noexcept = default;
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;

  [[nodiscard]] const Call& call() const noexcept { return call_; }
  [[nodiscard]] const std::string& scope() const noexcept { return scope_; }
  [[nodiscard]] const Grant& grant() const noexcept { return grant_; }
  [[nodiscard]] bool side_effects() const noexcept { return side_effects_; }

 private:
  friend struct Mint;  // decide.cpp only
  Permit(Call call, const Scope& scope, Grant grant)
      : call_(std::move(call)), scope_(scope.name), side_effects_(scope.side_effects), grant_(std::move(grant)) {}
  Call call_;
  std::string scope_;
  bool side_effects_;
  Grant grant_;
};

struct Allow {
  Permit permit;
};
struct Ask {
  std::string_view scope;  // of the manifest that was decided on: asking costs no allocation
  // How many sources the newest grant knew of that would serve, had nothing entered since; nothing: there is none.
  std::optional<std::size_t> known = {};
};
struct Deny {
  DenyReason reason;
};
using Decision = std::variant<Allow, Ask, Deny>;

// Whether the call may go ahead now. Ask: a person could allow it. `grants` may hold anybody's; Ledger::grants_for
// gives the few that matter, which keeps the time flat however many there are.
[[nodiscard]] Decision decide(const Call& call, const Manifest& manifest, std::span<const Grant> grants, TimePoint now);

// Whether `grant` covers the call for `scope` at `now`.
[[nodiscard]] bool covers(const Grant& grant, const Call& call, const Scope& scope, TimePoint now) noexcept;

// The part of its account that a call is made for when nobody named one: that of the newest longer grant, if it was
// given for a part and none was given for all. So the agent gets what the person picked, without knowing of it.
[[nodiscard]] std::optional<std::string> part_for(const Call& call, const Manifest& manifest,
                                                  std::span<const Grant> grants, TimePoint now);
// The path in whose place the part stands, for a call that has one: what it asks for must lie below.
[[nodiscard]] std::string_view base_path_of(const std::optional<std::string>& within,
                                            const wire::Url& connection) noexcept;

// A Permit for one HTTP request: what dialer.send and vault.release take. `connection` is the connection's URL: origin
// and base path. The manifest's rule for the scope must allow the request.
class RequestPermit {
 public:
  RequestPermit(RequestPermit&&) noexcept = default;
  RequestPermit& operator=(RequestPermit&&) noexcept = default;
  RequestPermit(const RequestPermit&) = delete;
  RequestPermit& operator=(const RequestPermit&) = delete;
  [[nodiscard]] const wire::PlannedRequest& request() const noexcept { return request_; }
  [[nodiscard]] const std::string& scope() const noexcept { return scope_; }
  [[nodiscard]] const Grant& grant() const noexcept { return grant_; }
  [[nodiscard]] const Call& call() const noexcept { return call_; }
  // How much of an answer the dialer may take in.
  [[nodiscard]] std::uint32_t answer_limit() const noexcept { return answer_limit_; }
  // It only ever gets less.
  void limit_answer(std::uint32_t bytes) noexcept { answer_limit_ = bytes < answer_limit_ ? bytes : answer_limit_; }
  [[nodiscard]] bool side_effects() const noexcept { return side_effects_; }

 private:
  friend struct Mint;
  RequestPermit(const Permit& permit, wire::PlannedRequest request)
      : call_(permit.call()),
        scope_(permit.scope()),
        side_effects_(permit.side_effects()),
        grant_(permit.grant()),
        request_(std::move(request)) {}
  Call call_;
  std::string scope_;
  bool side_effects_;
  Grant grant_;
  wire::PlannedRequest request_;
  std::uint32_t answer_limit_ = max_answer_bytes;
};
using RequestDecision = std::variant<RequestPermit, Deny>;

// Why the scope can't have that request at the connection, or at the part of it that a call is for; nothing: it can.
[[nodiscard]] std::optional<DenyReason> refusal_of(const Scope& scope, const wire::PlannedRequest& wanted,
                                                   const std::optional<std::string>& within,
                                                   const wire::Url& connection);

// `planned`: what the call was planned as, and shown, if it was: then the wanted request must be the next of these.
// Without a plan there is a longer grant, whose dialog said that single requests are not shown.
using Planned = std::optional<std::span<const wire::PlannedRequest>>;
[[nodiscard]] RequestDecision decide_request(const Permit& permit, const wire::PlannedRequest& wanted,
                                             std::size_t index, const Planned& planned, const Manifest& manifest,
                                             const wire::Url& connection);

// Asked once more when the request is about to be dialled: whether it still rests on what the person knew. A source
// that has entered since the call was allowed stops it, unless an answer to this very call brought it in: what the call
// asks for was fixed before. What has no side effects always may.
[[nodiscard]] bool may_dial(const RequestPermit& permit, std::span<const Entered> entered) noexcept;

}  // namespace x1::policy
