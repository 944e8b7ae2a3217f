// broker ↔ dialer, and dialer ↔ resolver. The credential crosses sealed to the dialer's key; the broker can't open it.
#pragma once

#include "seam/codec.hpp"

namespace x1::seam::dialer {

// broker (or vault, for the login test) → dialer

// Send this one request with this one credential. The sealed box opens to the JSON of schema/sealed-credential.md:
// origin, user name and password, confirmed private endpoints, and an own trust anchor if the owner gave one.
struct Dial {
  std::uint64_t id = 0;
  wire::PlannedRequest request;
  base::Bytes credential;
  std::uint32_t deadline_ms = 30'000;
  std::uint32_t max_body_bytes = 4 << 20;
  // Requests of one lane (session, turn, actor, connection, scope and grant, by a digest that says nothing) may follow
  // one another on one connection. Empty: the connection is for this request alone.
  std::string lane;
  static void members(auto& io, auto& m) {
    io(m.id), io(m.request), io(m.credential), io(m.deadline_ms), io(m.max_body_bytes), io(m.lane);
  }
};
struct Cancel {
  std::uint64_t id = 0;
  static void members(auto& io, auto& m) { io(m.id); }
};
// A turn is over, or somebody took a permission back: no connection that is open now is used again.
struct HangUp {
  static void members(auto& /*io*/, auto& /*m*/) {}
};
using ToDialer = std::variant<Dial, Cancel, HangUp>;

// dialer → broker

struct Answer {
  std::uint64_t id = 0;
  std::uint16_t status = 0;
  std::vector<wire::Header> headers;  // the allow-listed ones, scrubbed
  std::string body;                   // decoded, scrubbed
  std::string address;                // the endpoint that was dialled, for the audit
  static void members(auto& io, auto& m) { io(m.id), io(m.status), io(m.headers), io(m.body), io(m.address); }
};
struct Failed {
  std::uint64_t id = 0;
  base::Code code = base::Code::upstream_error;
  std::string message;
  bool sent = false;  // whether any byte of the request may have reached the other side
  static void members(auto& io, auto& m) { io(m.id), io(m.code), io(m.message), io(m.sent); }
};
using FromDialer = std::variant<Answer, Failed>;

// dialer → resolver, and back

struct Lookup {
  std::uint64_t id = 0;
  std::string host;
  static void members(auto& io, auto& m) { io(m.id), io(m.host); }
};
using ToResolver = std::variant<Lookup>;
struct Found {
  std::uint64_t id = 0;
  std::vector<std::string> addresses;  // text forms; empty when the name has none or the lookup failed
  static void members(auto& io, auto& m) { io(m.id), io(m.addresses); }
};
using FromResolver = std::variant<Found>;

}  // namespace x1::seam::dialer
