// Records: what the API remembers, as plain values. Secrets are not among them: passwords and tokens are kept as
// hashes, credentials by the vault.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "crypto/digest.hpp"
#include "policy/states.hpp"
#include "policy/tokens.hpp"
#include "wire/value.hpp"

namespace x1::api {

using base::ChallengeId;
using base::ConnectionId;
using base::GrantId;
using base::SessionId;
using base::TimePoint;
using base::UserId;

struct User {
  UserId id;
  std::string name;
  bool owner = false;
  TimePoint created;
  bool operator==(const User&) const = default;
};

struct Login {
  std::string token_hash;  // hex of SHA-256
  UserId user;
  TimePoint expires;
  bool operator==(const Login&) const = default;
};

enum class SessionState { created, starting, running, ended, failed };
[[nodiscard]] std::string_view to_string(SessionState state) noexcept;
[[nodiscard]] constexpr bool is_over(SessionState state) noexcept {
  return state == SessionState::ended || state == SessionState::failed;
}

struct Session {
  SessionId id;
  UserId owner;
  SessionState state = SessionState::created;
  std::vector<std::string> command;
  std::string workspace;
  bool adapter = false;
  std::string boot_key;  // of the broker that works for it now; empty before the first start
  std::string reason;    // why it ended or failed; of one that is not over yet, why it is to end
  TimePoint created;
  bool operator==(const Session&) const = default;
};

// The reason of a session that somebody killed: whatever it is found doing from then on, it is ended.
inline constexpr std::string_view killed_session = "killed";

// What may follow what, and what has to hold for it: schema/states.toml.
namespace step = policy::step;
using policy::ChallengeState;
using policy::GrantState;
using policy::TurnState;

// What somebody may do in a session, the least first: a viewer sees, a participant speaks too, the owner invites,
// removes and ends. Each may do what those before it may.
enum class Role { viewer, participant, owner };
[[nodiscard]] std::string_view to_string(Role role) noexcept;

struct Member {
  SessionId session;
  UserId user;
  std::string name;  // of the account
  Role role = Role::viewer;
  TimePoint joined;
  bool operator==(const Member&) const = default;
};

struct Invite {
  std::string token_hash;  // hex of SHA-256
  SessionId session;
  Role role = Role::viewer;
  std::string name;  // of the only account that may use it; empty: whoever has it
  TimePoint expires;
  bool operator==(const Invite&) const = default;
};

struct Turn {
  SessionId session;
  std::uint64_t number = 0;
  UserId actor;
  std::string message;
  TurnState state = TurnState::queued;
  std::string outcome;
  bool operator==(const Turn&) const = default;
};

struct ChallengeRecord {
  ChallengeId id;
  SessionId session;
  std::uint64_t turn = 0;
  UserId actor;
  std::string scope;
  ConnectionId connection;
  crypto::Digest digest;
  wire::Value asked;  // the payload of the event: the challenge and what the manifest says about it
  ChallengeState state = ChallengeState::pending;
  TimePoint expires;
  bool operator==(const ChallengeRecord&) const = default;
};

// A mirror of the broker's ledger, for people to see; nothing is decided by it.
struct GrantRecord {
  GrantId id;
  SessionId session;
  ChallengeId challenge;
  UserId actor;
  std::string scope;
  ConnectionId connection;
  policy::Lifetime lifetime = policy::Lifetime::once;
  std::optional<TimePoint> until;
  GrantState state = GrantState::live;
  TimePoint granted;
  std::optional<policy::Limits> limits = {};
  policy::Usage used = {};                 // as its broker last said
  std::optional<std::string> within = {};  // the part of the account that it is for; nothing: all of it
  bool operator==(const GrantRecord&) const = default;
};

// A no for the session: its broker asks nothing of the kind, until it is lifted. A mirror, too.
struct Denial {
  ChallengeId challenge;  // the question to which it was the answer
  SessionId session;
  UserId actor;
  std::string scope;
  ConnectionId connection;
  TimePoint denied;
  bool operator==(const Denial&) const = default;
};

// A reference to a credential that the vault keeps.
struct ConnectionRecord {
  ConnectionId id;
  UserId owner;
  std::string kind;
  std::string url;
  std::string user;
  TimePoint created;
  bool operator==(const ConnectionRecord&) const = default;
};

struct Event {
  SessionId session;
  std::uint64_t number = 0;  // within the session, from 1; given when it is appended
  TimePoint time;
  std::string type;
  std::string actor;  // user id, or "" when nobody in particular
  std::uint64_t turn = 0;
  wire::Value payload;
  bool operator==(const Event&) const = default;
};

// A signed message to a broker that it has not acknowledged yet.
struct ControlMessage {
  std::string id;  // jti
  SessionId session;
  std::string token;
  std::optional<ChallengeId> challenge;  // of a consent token
  std::optional<TimePoint> expires;      // of a consent token
  bool operator==(const ControlMessage&) const = default;
};

// The end of a chain of rows.
struct Head {
  std::uint64_t seq = 0;
  crypto::Digest hash;
  bool operator==(const Head&) const = default;
};

}  // namespace x1::api
