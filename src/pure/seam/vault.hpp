// Who talks to the vault, and about what. Nothing but sealed boxes crosses in either direction.
#pragma once

#include "seam/codec.hpp"

namespace x1::seam::vault {

// broker → vault, over a channel that the supervisor made for this one session

struct Release {
  std::uint64_t id = 0;
  std::string request;  // JWS, typ release, by the broker's boot key
  std::string turn;     // JWS, typ turn, by the API: names the boot key, the actor, the session
  std::string consent;  // JWS, typ consent, by the API: whose right, which scope, which connection
  static void members(auto& io, auto& m) { io(m.id), io(m.request), io(m.turn), io(m.consent); }
};
// Is this yes confirmed by a passkey that is pinned for its actor? Asked before it is redeemed.
struct CheckPasskey {
  std::uint64_t id = 0;
  std::string consent;  // JWS, typ consent, by the API, with an assertion
  static void members(auto& io, auto& m) { io(m.id), io(m.consent); }
};
using FromBroker = std::variant<Release, CheckPasskey>;

struct Released {
  std::uint64_t id = 0;
  base::Bytes credential;  // sealed to the session's dialer
  static void members(auto& io, auto& m) { io(m.id), io(m.credential); }
};
struct Refused {
  std::uint64_t id = 0;
  base::Code code = base::Code::forbidden;
  std::string message;
  static void members(auto& io, auto& m) { io(m.id), io(m.code), io(m.message); }
};
// The assertion holds. The broker sees for itself that it does.
struct PasskeyPinned {
  std::uint64_t id = 0;
  wire::Value passkey;  // schema/passkey.md
  static void members(auto& io, auto& m) { io(m.id), io(m.passkey); }
};
using ToBroker = std::variant<Released, Refused, PasskeyPinned>;

// API → vault

// Keep this credential. `record` is sealed to the vault's key by the person's own program; see
// schema/connection-record.md. The vault tries the login once, through a dialer of its own, before it answers Kept.
struct Keep {
  std::uint64_t id = 0;
  std::string connection;
  std::string owner;
  base::Bytes record;
  static void members(auto& io, auto& m) { io(m.id), io(m.connection), io(m.owner), io(m.record); }
};
// Only for the connection's own owner: `owner` is who the API says asks, compared with the sealed record.
struct Forget {
  std::uint64_t id = 0;
  std::string connection;
  std::string owner;
  static void members(auto& io, auto& m) { io(m.id), io(m.connection), io(m.owner); }
};
// The vault's own audit rows after `after`, as lines.
struct ReadAudit {
  std::uint64_t id = 0;
  std::uint64_t after = 0;
  static void members(auto& io, auto& m) { io(m.id), io(m.after); }
};
// Pin this passkey for its user, or pin it no longer. The first one of a user is pinned for the asking; any later
// change takes an assertion by one that is pinned already.
struct ChangePasskey {
  std::uint64_t id = 0;
  bool remove = false;
  wire::Value passkey;  // schema/passkey.md
  std::string assertion;
  static void members(auto& io, auto& m) { io(m.id), io(m.remove), io(m.passkey), io(m.assertion); }
};
struct ListPasskeys {
  std::uint64_t id = 0;
  std::string user;
  static void members(auto& io, auto& m) { io(m.id), io(m.user); }
};
using FromApi = std::variant<Keep, Forget, ReadAudit, ChangePasskey, ListPasskeys>;

// What the API may know of the record: never the password.
struct Kept {
  std::uint64_t id = 0;
  std::string kind;  // "caldav"
  std::string url;
  std::string user;
  static void members(auto& io, auto& m) { io(m.id), io(m.kind), io(m.url), io(m.user); }
};
struct Forgotten {
  std::uint64_t id = 0;
  static void members(auto& io, auto& m) { io(m.id); }
};
struct AuditLines {
  std::uint64_t id = 0;
  std::vector<std::string> lines;  // at most 500; ask again after the last
  static void members(auto& io, auto& m) { io(m.id), io(m.lines); }
};
// What is pinned for the user: `revision` and the list `items`, each with `counter` and `added` beside its members.
struct Passkeys {
  std::uint64_t id = 0;
  wire::Value passkeys;
  static void members(auto& io, auto& m) { io(m.id), io(m.passkeys); }
};
using ToApi = std::variant<Kept, Forgotten, AuditLines, Refused, Passkeys>;

// supervisor → vault; a channel comes with one descriptor (SCM_RIGHTS): the vault's end, for that broker or for the API

struct SessionChannel {
  std::string session;
  std::string dialer_key;   // box public key, base64url
  std::uint64_t began = 0;  // the session, in milliseconds since 1970: a key of the API that had been retired by then
                            // has signed nothing for it
  static void members(auto& io, auto& m) { io(m.session), io(m.dialer_key), io(m.began); }
};
// By which keys the API is believed from now on (schema/api-keys.md). Comes without a descriptor.
struct UseKeys {
  std::uint64_t number = 0;
  wire::Value keys;
  static void members(auto& io, auto& m) { io(m.number), io(m.keys); }
};
// The API was started again: this is its seam from now on, and the one before is none any more.
struct ApiChannel {
  static void members(auto&, auto&) {}
};
using FromSupervisor = std::variant<SessionChannel, UseKeys, ApiChannel>;

// vault → supervisor: the answer to UseKeys, as in seam/box.hpp.
struct KeysTaken {
  std::uint64_t number = 0;
  std::string code;
  static void members(auto& io, auto& m) { io(m.number), io(m.code); }
};
using ToSupervisor = std::variant<KeysTaken>;

}  // namespace x1::seam::vault
