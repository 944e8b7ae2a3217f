// What the API, the broker and the vault sign and believe. Each is a JWS of one `typ` (wire/jws.hpp); each reader
// checks type, key, members, times and the session it was made for. Formats: schema/tokens.md.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "crypto/digest.hpp"
#include "crypto/signing.hpp"
#include "policy/limits.hpp"
#include "wire/value.hpp"

namespace x1::policy {

using base::ChallengeId;
using base::ConnectionId;
using base::SessionId;
using base::TimePoint;
using base::TurnNumber;
using base::UserId;

// How far a clock may be ahead or behind another's before a token is refused.
inline constexpr base::Duration max_clock_skew = std::chrono::seconds(5);
inline constexpr base::Duration max_consent_life = std::chrono::minutes(5);
// A yes for once that was not used by then is over: nobody remembers what it was for.
inline constexpr base::Duration max_once_life = std::chrono::minutes(5);
inline constexpr base::Duration max_ticket_life = std::chrono::minutes(2);
inline constexpr base::Duration max_turn_life = std::chrono::hours(24);
inline constexpr base::Duration max_release_age = std::chrono::seconds(30);

// Minted by the API when a turn opens; bound to the broker's boot. Everything in a turn is the actor's.
struct TurnCertificate {
  SessionId session;
  TurnNumber turn;
  UserId actor;
  crypto::Digest message;      // SHA-256 of the message's bytes
  crypto::Digest connections;  // SHA-256 of the line that says what is public of the actor's connections
  crypto::PublicKey boot_key;  // of the broker process that may work on it
  TimePoint issued;
  TimePoint expires;
  bool operator==(const TurnCertificate&) const = default;
};

enum class Lifetime { once, turn, session, until };
[[nodiscard]] std::string_view to_string(Lifetime lifetime) noexcept;
[[nodiscard]] base::Result<Lifetime> lifetime_from(std::string_view text);

// The person's yes. Single use; at most five minutes old.
struct ConsentToken {
  std::string id;  // jti
  ChallengeId challenge;
  SessionId session;
  UserId actor;
  std::string scope;
  ConnectionId connection;
  crypto::Digest digest;  // of the canonical request that was shown
  Lifetime lifetime = Lifetime::once;
  std::optional<TimePoint> until;  // exactly with Lifetime::until
  TimePoint issued;
  TimePoint expires;
  std::optional<std::string> assertion = {};  // the person's touch (policy/passkey.hpp), where the scope demands it
  std::optional<Limits> limits = {};          // never with Lifetime::once
  std::optional<std::string> within = {};     // the part of the account that the person chose; never with once
  bool operator==(const ConsentToken&) const = default;
};

// What a provider carries while it works on one call; made and checked by the same broker.
enum class TicketMode { plan, run };
struct Ticket {
  base::CallId call;
  SessionId session;
  TurnNumber turn;
  UserId actor;
  std::string tool;
  std::string scope;
  ConnectionId connection;
  TicketMode mode = TicketMode::plan;
  TimePoint expires;
  bool operator==(const Ticket&) const = default;
};

// The broker asks the vault for one secret for one request. The broker's boot key signs it; the turn certificate and
// the consent token that travel with it say by whose right.
struct ReleaseRequest {
  base::CallId call;
  SessionId session;
  TurnNumber turn;
  ConnectionId connection;
  std::string scope;
  crypto::Digest request;  // digest_of(PlannedRequest)
  TimePoint issued;
  bool operator==(const ReleaseRequest&) const = default;
};

// An event whose number counts as taken although the API did not believe it: it will never do, so the next may follow.
struct Refusal {
  std::uint64_t seq = 0;
  std::string code;  // of docs/errors.md
  bool operator==(const Refusal&) const = default;
};
inline constexpr std::size_t max_refusals = 64;

// The API has committed everything of this kind up to `seq`.
struct Receipt {
  SessionId session;
  std::string kind;  // "event" or "audit"
  std::uint64_t seq = 0;
  crypto::Digest head;  // hash of the row of that number (audit), zero for events
  TimePoint issued;
  std::vector<Refusal> refused = {};  // of what was handed in, in order; at most max_refusals
  bool operator==(const Receipt&) const = default;
};

// API to broker, other than consent.
struct DenyChallenge {
  ChallengeId challenge;
  bool for_session = false;  // nobody is asked the like again in this session, until the person lifts it
  std::optional<ConnectionId> instead = {};  // the account that the person wants to be asked about
  bool operator==(const DenyChallenge&) const = default;
};
struct LiftDenial {
  ChallengeId challenge;  // the one that was denied for the session
  bool operator==(const LiftDenial&) const = default;
};
// One grant; or all of a scope, of a person, or of the session, and then the questions to which a yes may be on its
// way.
struct RevokeGrants {
  std::optional<base::GrantId> grant;
  std::optional<std::string> scope;
  std::optional<UserId> actor = {};
  bool operator==(const RevokeGrants&) const = default;
};
struct CancelTurn {
  TurnNumber turn;
  bool operator==(const CancelTurn&) const = default;
};
// The agent has ended, and its turn with it.
struct FinishTurn {
  TurnNumber turn;
  bool failed = false;
  bool operator==(const FinishTurn&) const = default;
};
struct EndSession {
  bool operator==(const EndSession&) const = default;
};
// The person's words in answer to ask_user.
struct AnswerQuestion {
  std::string question;  // its id
  std::string text;
  bool operator==(const AnswerQuestion&) const = default;
};
using ControlAction =
    std::variant<DenyChallenge, LiftDenial, RevokeGrants, CancelTurn, FinishTurn, EndSession, AnswerQuestion>;
struct Control {
  std::string id;  // jti; a repeated one is acknowledged and does nothing
  SessionId session;
  UserId actor;  // who did it
  ControlAction action;
  TimePoint issued;
  bool operator==(const Control&) const = default;
};

// The payload of a consent token as a Value, and back: the token itself, and the fact that it was redeemed.
[[nodiscard]] wire::Value to_value(const ConsentToken& token);
[[nodiscard]] base::Result<ConsentToken> consent_from(const wire::Value& value);

using Keys = std::span<const crypto::PublicKey>;

[[nodiscard]] std::string sign(const TurnCertificate& certificate, const crypto::SigningKey& key);
[[nodiscard]] std::string sign(const ConsentToken& token, const crypto::SigningKey& key);
[[nodiscard]] std::string sign(const Ticket& ticket, const crypto::SigningKey& key);
[[nodiscard]] std::string sign(const ReleaseRequest& request, const crypto::SigningKey& key);
[[nodiscard]] std::string sign(const Receipt& receipt, const crypto::SigningKey& key);
[[nodiscard]] std::string sign(const Control& control, const crypto::SigningKey& key);

// Signature, type, members and times (against `now`, within max_clock_skew, and no longer-lived than allowed).
// One from the future fails with clock_skew, one past its time with expired.
// Whose session, turn or challenge it is, the caller compares. A control may be as old as it likes: a revocation that
// was asked for while the broker was down still counts when it comes back. One that only takes something away (all but
// an answer and a lifted denial) holds whatever its time is: a clock that was set back must not put off a revocation.
[[nodiscard]] base::Result<TurnCertificate> verify_turn(std::string_view token, Keys keys, TimePoint now);
// The times alone, of a certificate whose signature was verified before.
[[nodiscard]] base::Status check_times(const TurnCertificate& certificate, TimePoint now);
[[nodiscard]] base::Result<ConsentToken> verify_consent(std::string_view token, Keys keys, TimePoint now);
[[nodiscard]] base::Result<Ticket> verify_ticket(std::string_view token, Keys keys, TimePoint now);
[[nodiscard]] base::Result<ReleaseRequest> verify_release(std::string_view token, Keys keys, TimePoint now);
[[nodiscard]] base::Result<Receipt> verify_receipt(std::string_view token, Keys keys);
[[nodiscard]] base::Result<Control> verify_control(std::string_view token, Keys keys, TimePoint now);

}  // namespace x1::policy
