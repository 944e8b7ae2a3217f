// broker ↔ supervisor: another person's turn needs another box for the agent, what the broker talks to was started
// again, and the API gets other keys. Over a channel that the supervisor made for this one session; when it ends, so
// does the session.
#pragma once

#include "seam/codec.hpp"

namespace x1::seam::box {

// broker → supervisor

// End the agent's box to its last process, and gate with it; then start both anew. One at a time.
struct ReplaceAgent {
  std::uint64_t turn = 0;  // comes back in the answer
  static void members(auto& io, auto& m) { io(m.turn); }
};
// The answer to UseKeys: `code` says why they are not used; empty: they are, and the row that says so is durable.
struct KeysTaken {
  std::uint64_t number = 0;  // of the set
  std::string code;
  static void members(auto& io, auto& m) { io(m.number), io(m.code); }
};
using FromBroker = std::variant<ReplaceAgent, KeysTaken>;

// supervisor → broker

// Nothing of the old box runs any more, and the new agent does. Comes with one descriptor (SCM_RIGHTS): the broker's
// end of the seam to the new gate.
struct AgentReplaced {
  std::uint64_t turn = 0;
  static void members(auto& io, auto& m) { io(m.turn); }
};
// The agent that was is not one to go on with, and there is no other: the session is over.
struct ReplaceFailed {
  std::uint64_t turn = 0;
  base::Code code = base::Code::unavailable;
  std::string message;
  static void members(auto& io, auto& m) { io(m.turn), io(m.code), io(m.message); }
};
// By which keys the API is believed from now on (schema/api-keys.md).
struct UseKeys {
  std::uint64_t number = 0;
  wire::Value keys;
  static void members(auto& io, auto& m) { io(m.number), io(m.keys); }
};
// The vault was started again. Comes with one descriptor: the broker's end of its new channel for this session.
struct VaultAgain {
  static void members(auto&, auto&) {}
};
// The API was started again: it has forgotten what was asked before and not answered.
struct ApiAgain {
  static void members(auto&, auto&) {}
};
// The provider of this domain was started again: it does not answer what the one before was asked.
struct ProviderAgain {
  std::string domain;
  static void members(auto& io, auto& m) { io(m.domain); }
};
// The agent, which waits for one turn after the other, ended by itself. That of one whose replacement was asked for is
// not told after AgentReplaced.
struct AgentEnded {
  static void members(auto&, auto&) {}
};
// The session is over: close the books, and end.
struct EndSession {
  static void members(auto&, auto&) {}
};
using ToBroker =
    std::variant<AgentReplaced, ReplaceFailed, UseKeys, VaultAgain, ApiAgain, EndSession, ProviderAgain, AgentEnded>;

}  // namespace x1::seam::box
