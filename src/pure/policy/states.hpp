// Made from schema/states.toml by tools/states/generate.py: change that, not this.
// The states of a turn, a challenge and a grant, what may follow what, and what has to hold for it (docs/states.md).
// A guard that is not set does not hold.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace x1::policy {

// Why a transition does not happen.
struct Unmet {
  base::Code code;
  std::string_view says;
  std::string_view next;
  [[nodiscard]] base::Error error() const { return base::Error{code, std::string(says), std::string(next)}; }
};

// A person's message, and the time in which the agent works on it. Numbered from 1 in its session.
enum class TurnState : std::uint8_t {
  queued,  // waits for the turns before it
  open,    // is being worked on; everything that happens is its actor's
  closed,  // is over
};
inline constexpr std::array all_turn_states{TurnState::queued, TurnState::open, TurnState::closed};
[[nodiscard]] constexpr std::string_view to_string(TurnState state) noexcept {
  switch (state) {
    case TurnState::queued: return "queued";
    case TurnState::open: return "open";
    case TurnState::closed: return "closed";
  }
  return {};
}

// A question to a person: may exactly this be sent, with your account?
enum class ChallengeState : std::uint8_t {
  pending,    // waits for the person
  approved,   // the API has minted the consent token, which is on its way to the broker
  granted,    // the broker has redeemed the token: there is a grant
  denied,     // the person said no
  withdrawn,  // the broker took it back: it could not be shown, or its call is gone
  refused,    // the broker did not take the token
  expired,    // nobody answered in time
};
inline constexpr std::array all_challenge_states{
    ChallengeState::pending,   ChallengeState::approved, ChallengeState::granted, ChallengeState::denied,
    ChallengeState::withdrawn, ChallengeState::refused,  ChallengeState::expired};
[[nodiscard]] constexpr std::string_view to_string(ChallengeState state) noexcept {
  switch (state) {
    case ChallengeState::pending: return "pending";
    case ChallengeState::approved: return "approved";
    case ChallengeState::granted: return "granted";
    case ChallengeState::denied: return "denied";
    case ChallengeState::withdrawn: return "withdrawn";
    case ChallengeState::refused: return "refused";
    case ChallengeState::expired: return "expired";
  }
  return {};
}

// What one person allowed in one session: a scope of one connection, for a while.
enum class GrantState : std::uint8_t {
  live,      // may serve a call
  revoking,  // the API was told to take it back, and the broker has not said yet that it did
  spent,     // was good for one request, and has served it
  revoked,   // was taken back
};
inline constexpr std::array all_grant_states{GrantState::live, GrantState::revoking, GrantState::spent,
                                             GrantState::revoked};
[[nodiscard]] constexpr std::string_view to_string(GrantState state) noexcept {
  switch (state) {
    case GrantState::live: return "live";
    case GrantState::revoking: return "revoking";
    case GrantState::spent: return "spent";
    case GrantState::revoked: return "revoked";
  }
  return {};
}

namespace unmet {
inline constexpr Unmet turn_open_same_session{base::Code::invalid_token, "The turn is for another session.", ""};
inline constexpr Unmet turn_open_same_boot{base::Code::invalid_token,
                                           "The turn was opened for another start of this broker.", ""};
inline constexpr Unmet turn_open_newer{base::Code::conflict, "The turn is an old one.", ""};
inline constexpr Unmet turn_serve_from{base::Code::no_active_turn, "No turn is open.", ""};
inline constexpr Unmet turn_close_from{base::Code::conflict, "This turn is closed already.", ""};
inline constexpr Unmet challenge_approve_from{base::Code::conflict, "This question is answered already.", ""};
inline constexpr Unmet challenge_approve_by_actor{base::Code::forbidden, "This was asked of somebody else.",
                                                  "let them answer"};
inline constexpr Unmet challenge_approve_in_time{base::Code::expired, "This question has expired.",
                                                 "let the agent ask again"};
inline constexpr Unmet challenge_approve_as_shown{base::Code::conflict, "What was shown is not what is asked for.",
                                                  "look at the question again"};
inline constexpr Unmet challenge_redeem_from{base::Code::conflict, "The question has been answered.", ""};
inline constexpr Unmet challenge_redeem_token_unused{base::Code::conflict, "The consent token has been used.",
                                                     "Ask for permission again."};
inline constexpr Unmet challenge_redeem_in_time{base::Code::expired, "The question has expired.",
                                                "Ask for permission again."};
inline constexpr Unmet challenge_redeem_same_challenge{
    base::Code::invalid_token, "The consent token is for another challenge.", "Ask for permission again."};
inline constexpr Unmet challenge_redeem_same_session{
    base::Code::invalid_token, "The consent token is for another session.", "Ask for permission again."};
inline constexpr Unmet challenge_redeem_same_actor{
    base::Code::invalid_token, "The consent token is for another person.", "Ask for permission again."};
inline constexpr Unmet challenge_redeem_same_scope{base::Code::invalid_token, "The consent token is for another scope.",
                                                   "Ask for permission again."};
inline constexpr Unmet challenge_redeem_same_connection{
    base::Code::invalid_token, "The consent token is for another connection.", "Ask for permission again."};
inline constexpr Unmet challenge_redeem_same_request{
    base::Code::invalid_token, "The consent token is for another request.", "Ask for permission again."};
inline constexpr Unmet challenge_redeem_end_fits{base::Code::invalid_token,
                                                 "The consent token's end and lifetime do not fit together.",
                                                 "Ask for permission again."};
inline constexpr Unmet challenge_redeem_limits_fit{base::Code::invalid_token,
                                                   "The consent token's limits and lifetime do not fit together.",
                                                   "Ask for permission again."};
inline constexpr Unmet challenge_redeem_token_in_time{base::Code::expired, "The consent token has expired.",
                                                      "Ask for permission again."};
inline constexpr Unmet challenge_redeem_assertion_verified{
    base::Code::passkey_required, "This has to be confirmed with a passkey.", "Ask for permission again."};
inline constexpr Unmet challenge_redeem_within_fits{base::Code::invalid_token,
                                                    "The consent token is for a part that could not be chosen.",
                                                    "Ask for permission again."};
inline constexpr Unmet challenge_decline_from{base::Code::conflict, "This question is answered already.", ""};
inline constexpr Unmet challenge_decline_by_actor{base::Code::forbidden, "This was asked of somebody else.",
                                                  "let them answer"};
inline constexpr Unmet challenge_decline_in_time{base::Code::expired, "This question has expired.",
                                                 "let the agent ask again"};
inline constexpr Unmet challenge_deny_from{base::Code::conflict, "The question has been answered.", ""};
inline constexpr Unmet challenge_deny_in_time{base::Code::expired, "The question has expired.",
                                              "Ask for permission again."};
inline constexpr Unmet challenge_deny_offered{base::Code::invalid_request, "The question does not offer this account.",
                                              "Choose one that it names."};
inline constexpr Unmet challenge_withdraw_from{base::Code::conflict, "The question has been answered.", ""};
inline constexpr Unmet grant_use_from{base::Code::permission_required, "The grant is spent or revoked.", ""};
inline constexpr Unmet grant_use_same_session{base::Code::permission_required, "The grant is of another session.", ""};
inline constexpr Unmet grant_use_same_actor{base::Code::permission_required, "The grant is another person's.", ""};
inline constexpr Unmet grant_use_same_scope{base::Code::permission_required, "The grant is for another scope.", ""};
inline constexpr Unmet grant_use_same_connection{base::Code::permission_required,
                                                 "The grant is for another connection.", ""};
inline constexpr Unmet grant_use_same_request{base::Code::permission_required, "The grant was for one other request.",
                                              ""};
inline constexpr Unmet grant_use_same_turn{base::Code::permission_required, "The grant was for another turn.", ""};
inline constexpr Unmet grant_use_in_time{base::Code::permission_required, "The grant has ended.", ""};
inline constexpr Unmet grant_use_within_limits{
    base::Code::permission_required, "What the grant was limited to is used up.", "Ask for permission again."};
inline constexpr Unmet grant_use_same_part{base::Code::permission_required,
                                           "The grant is for another part of the account.", ""};
inline constexpr Unmet grant_use_no_new_influence{
    base::Code::permission_required, "Something has entered the session since the grant was asked for.", ""};
inline constexpr Unmet grant_take_back_from{base::Code::conflict, "This grant is revoked already.", ""};
}  // namespace unmet

namespace step {

// The API mints the certificate, and the broker takes it up.
struct OpenTurn {
  bool same_session = false;
  bool same_boot = false;
  bool newer = false;
  static constexpr TurnState to = TurnState::open;
  [[nodiscard]] static constexpr bool leaves(TurnState from) noexcept { return from == TurnState::queued; }
  // The first guard that does not hold; nullptr: all do.
  [[nodiscard]] constexpr const Unmet* unmet() const noexcept {
    if (!same_session) return &unmet::turn_open_same_session;
    if (!same_boot) return &unmet::turn_open_same_boot;
    if (!newer) return &unmet::turn_open_newer;
    return nullptr;
  }
};

// A call is made in it. Work that outlives its turn has no actor.
struct ServeTurn {
  static constexpr TurnState to = TurnState::open;
  [[nodiscard]] static constexpr bool leaves(TurnState from) noexcept { return from == TurnState::open; }
  static constexpr const Unmet& otherwise = unmet::turn_serve_from;
};

// The person or the agent has finished, somebody cancelled it, it expired, or the session ended.
struct CloseTurn {
  static constexpr TurnState to = TurnState::closed;
  [[nodiscard]] static constexpr bool leaves(TurnState from) noexcept {
    return from == TurnState::queued || from == TurnState::open;
  }
  static constexpr const Unmet& otherwise = unmet::turn_close_from;
};

// The API takes a person's yes and mints the consent token, at most one for a question.
struct ApproveChallenge {
  bool by_actor = false;
  bool in_time = false;
  bool as_shown = false;
  static constexpr ChallengeState to = ChallengeState::approved;
  [[nodiscard]] static constexpr bool leaves(ChallengeState from) noexcept { return from == ChallengeState::pending; }
  static constexpr const Unmet& otherwise = unmet::challenge_approve_from;
  // The first guard that does not hold; nullptr: all do.
  [[nodiscard]] constexpr const Unmet* unmet() const noexcept {
    if (!by_actor) return &unmet::challenge_approve_by_actor;
    if (!in_time) return &unmet::challenge_approve_in_time;
    if (!as_shown) return &unmet::challenge_approve_as_shown;
    return nullptr;
  }
};

// The broker takes the token; the grant exists from now on.
struct RedeemChallenge {
  bool token_unused = false;
  bool in_time = false;
  bool same_challenge = false;
  bool same_session = false;
  bool same_actor = false;
  bool same_scope = false;
  bool same_connection = false;
  bool same_request = false;
  bool end_fits = false;
  bool limits_fit = false;
  bool token_in_time = false;
  bool assertion_verified = false;
  bool within_fits = false;
  static constexpr ChallengeState to = ChallengeState::granted;
  [[nodiscard]] static constexpr bool leaves(ChallengeState from) noexcept {
    return from == ChallengeState::pending || from == ChallengeState::approved || from == ChallengeState::refused;
  }
  static constexpr const Unmet& otherwise = unmet::challenge_redeem_from;
  // The first guard that does not hold; nullptr: all do.
  [[nodiscard]] constexpr const Unmet* unmet() const noexcept {
    if (!token_unused) return &unmet::challenge_redeem_token_unused;
    if (!in_time) return &unmet::challenge_redeem_in_time;
    if (!same_challenge) return &unmet::challenge_redeem_same_challenge;
    if (!same_session) return &unmet::challenge_redeem_same_session;
    if (!same_actor) return &unmet::challenge_redeem_same_actor;
    if (!same_scope) return &unmet::challenge_redeem_same_scope;
    if (!same_connection) return &unmet::challenge_redeem_same_connection;
    if (!same_request) return &unmet::challenge_redeem_same_request;
    if (!end_fits) return &unmet::challenge_redeem_end_fits;
    if (!limits_fit) return &unmet::challenge_redeem_limits_fit;
    if (!token_in_time) return &unmet::challenge_redeem_token_in_time;
    if (!assertion_verified) return &unmet::challenge_redeem_assertion_verified;
    if (!within_fits) return &unmet::challenge_redeem_within_fits;
    return nullptr;
  }
};

// The API takes a person's no, and tells the broker.
struct DeclineChallenge {
  bool by_actor = false;
  bool in_time = false;
  static constexpr ChallengeState to = ChallengeState::denied;
  [[nodiscard]] static constexpr bool leaves(ChallengeState from) noexcept { return from == ChallengeState::pending; }
  static constexpr const Unmet& otherwise = unmet::challenge_decline_from;
  // The first guard that does not hold; nullptr: all do.
  [[nodiscard]] constexpr const Unmet* unmet() const noexcept {
    if (!by_actor) return &unmet::challenge_decline_by_actor;
    if (!in_time) return &unmet::challenge_decline_in_time;
    return nullptr;
  }
};

// The broker hears of the no, or that the person wants to be asked about another of their accounts.
struct DenyChallenge {
  bool in_time = false;
  bool offered = false;
  static constexpr ChallengeState to = ChallengeState::denied;
  [[nodiscard]] static constexpr bool leaves(ChallengeState from) noexcept { return from == ChallengeState::pending; }
  static constexpr const Unmet& otherwise = unmet::challenge_deny_from;
  // The first guard that does not hold; nullptr: all do.
  [[nodiscard]] constexpr const Unmet* unmet() const noexcept {
    if (!in_time) return &unmet::challenge_deny_in_time;
    if (!offered) return &unmet::challenge_deny_offered;
    return nullptr;
  }
};

// The broker takes it back.
struct WithdrawChallenge {
  static constexpr ChallengeState to = ChallengeState::withdrawn;
  [[nodiscard]] static constexpr bool leaves(ChallengeState from) noexcept { return from == ChallengeState::pending; }
  static constexpr const Unmet& otherwise = unmet::challenge_withdraw_from;
};

// The broker did not take the token, or never got it in time.
struct RefuseChallenge {
  static constexpr ChallengeState to = ChallengeState::refused;
  [[nodiscard]] static constexpr bool leaves(ChallengeState from) noexcept { return from == ChallengeState::approved; }
};

// Its time is over.
struct ExpireChallenge {
  static constexpr ChallengeState to = ChallengeState::expired;
  [[nodiscard]] static constexpr bool leaves(ChallengeState from) noexcept { return from == ChallengeState::pending; }
};

// A call is served by it. One that is good for one request is spent by that, before the request is dialled.
struct UseGrant {
  bool same_session = false;
  bool same_actor = false;
  bool same_scope = false;
  bool same_connection = false;
  bool same_request = false;
  bool same_turn = false;
  bool in_time = false;
  bool within_limits = false;
  bool same_part = false;
  bool no_new_influence = false;
  static constexpr GrantState to = GrantState::live;
  [[nodiscard]] static constexpr bool leaves(GrantState from) noexcept { return from == GrantState::live; }
  static constexpr const Unmet& otherwise = unmet::grant_use_from;
  // The first guard that does not hold; nullptr: all do.
  [[nodiscard]] constexpr const Unmet* unmet() const noexcept {
    if (!same_session) return &unmet::grant_use_same_session;
    if (!same_actor) return &unmet::grant_use_same_actor;
    if (!same_scope) return &unmet::grant_use_same_scope;
    if (!same_connection) return &unmet::grant_use_same_connection;
    if (!same_request) return &unmet::grant_use_same_request;
    if (!same_turn) return &unmet::grant_use_same_turn;
    if (!in_time) return &unmet::grant_use_in_time;
    if (!within_limits) return &unmet::grant_use_within_limits;
    if (!same_part) return &unmet::grant_use_same_part;
    if (!no_new_influence) return &unmet::grant_use_no_new_influence;
    return nullptr;
  }
};

// The one request that it was good for is about to be dialled.
struct SpendGrant {
  static constexpr GrantState to = GrantState::spent;
  [[nodiscard]] static constexpr bool leaves(GrantState from) noexcept { return from == GrantState::live; }
};

// The API was told to take it back. The one request that it was good for may be under way still.
struct TakeBackGrant {
  static constexpr GrantState to = GrantState::revoking;
  [[nodiscard]] static constexpr bool leaves(GrantState from) noexcept {
    return from == GrantState::live || from == GrantState::spent;
  }
  static constexpr const Unmet& otherwise = unmet::grant_take_back_from;
};

// The broker has taken it back: the next call is refused, and streams that it serves are cut.
struct RevokeGrant {
  static constexpr GrantState to = GrantState::revoked;
  [[nodiscard]] static constexpr bool leaves(GrantState from) noexcept {
    return from == GrantState::live || from == GrantState::revoking;
  }
};

}  // namespace step

}  // namespace x1::policy
