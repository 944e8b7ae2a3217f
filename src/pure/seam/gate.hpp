// gate ↔ broker. gate never says who the actor is, nor what a call may do: the broker knows.
#pragma once

#include "seam/codec.hpp"

namespace x1::seam::gate {

// gate → broker

// The agent called a tool. `call` is gate's number for it, the one after the last; `turn` is the turn that was
// open when the request's first byte came (0: none).
struct AgentCall {
  std::uint64_t call = 0;
  std::uint64_t turn = 0;
  std::string tool;
  wire::Value arguments;
  static void members(auto& io, auto& m) { io(m.call), io(m.turn), io(m.tool), io(m.arguments); }
};
// The agent hung up on a call that has no answer yet.
struct AgentGone {
  std::uint64_t call = 0;
  static void members(auto& io, auto& m) { io(m.call); }
};
// The adapter says what the agent wrote in a turn, as the agent's words.
struct AgentOutput {
  std::uint64_t turn = 0;
  std::string text;
  static void members(auto& io, auto& m) { io(m.turn), io(m.text); }
};
// The adapter says that the agent has finished with a turn.
struct AgentDone {
  std::uint64_t turn = 0;
  std::string outcome;  // "completed" or "failed"
  static void members(auto& io, auto& m) { io(m.turn), io(m.outcome); }
};
// What a provider's bytes were, after ParseProvider: exactly one of the three.
struct ProviderResult {
  std::uint64_t parse = 0;
  wire::Value result;
  static void members(auto& io, auto& m) { io(m.parse), io(m.result); }
};
struct ProviderWants {
  std::uint64_t parse = 0;
  std::vector<wire::PlannedRequest> requests;  // origin left empty: the broker sets the connection's
  std::string state;                           // opaque, at most 16 KiB
  static void members(auto& io, auto& m) { io(m.parse), io(m.requests), io(m.state); }
};
struct ProviderFailed {
  std::uint64_t parse = 0;
  base::Code code = base::Code::provider_error;
  std::string message;
  static void members(auto& io, auto& m) { io(m.parse), io(m.code), io(m.message); }
};
using ToBroker =
    std::variant<AgentCall, AgentGone, AgentOutput, AgentDone, ProviderResult, ProviderWants, ProviderFailed>;

// broker → gate

// The tools that the agent may see: an array of MCP tool objects. Replaces the list before it. gate numbers its calls
// from the one after `last_call`.
struct Tools {
  wire::Value tools;
  std::uint64_t last_call = 0;
  static void members(auto& io, auto& m) { io(m.tools), io(m.last_call); }
};
struct CallResult {
  std::uint64_t call = 0;
  wire::Value result;
  static void members(auto& io, auto& m) { io(m.call), io(m.result); }
};
struct CallError {
  std::uint64_t call = 0;
  base::Code code = base::Code::internal;
  std::string message;
  std::string next;
  wire::Value detail;  // an object (for example {"challenge": id}), or null
  static void members(auto& io, auto& m) { io(m.call), io(m.code), io(m.message), io(m.next), io(m.detail); }
};
// Please parse what a provider answered. `parse` is the broker's number for it.
struct ParseProvider {
  std::uint64_t parse = 0;
  std::string bytes;
  static void members(auto& io, auto& m) { io(m.parse), io(m.bytes); }
};
struct TurnOpened {
  std::uint64_t turn = 0;
  std::string message;  // the person's words, for the adapter
  static void members(auto& io, auto& m) { io(m.turn), io(m.message); }
};
struct TurnClosed {
  std::uint64_t turn = 0;
  static void members(auto& io, auto& m) { io(m.turn); }
};
// A question of the open turn was put to the person, or is decided: for clients that listen. What they answer to it is
// never passed on.
struct PersonAsked {
  std::string ticket;
  std::string scope_title;  // of the operator's manifest
  static void members(auto& io, auto& m) { io(m.ticket), io(m.scope_title); }
};
struct PersonDecided {
  std::string ticket;
  std::string status;  // "granted", "denied", "expired" or "withdrawn"
  static void members(auto& io, auto& m) { io(m.ticket), io(m.status); }
};
using ToGate =
    std::variant<Tools, CallResult, CallError, ParseProvider, TurnOpened, TurnClosed, PersonAsked, PersonDecided>;

}  // namespace x1::seam::gate
