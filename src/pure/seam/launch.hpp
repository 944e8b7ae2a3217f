// API ↔ supervisor: start and stop what a session needs. The API has no power to start anything itself.
#pragma once

#include "seam/codec.hpp"

namespace x1::seam::launch {

struct ProviderStart {
  std::string domain;
  std::string credentials;  // bus credentials of this one instance (.creds text)
  static void members(auto& io, auto& m) { io(m.domain), io(m.credentials); }
};

// API → supervisor

struct StartSession {
  std::string session;
  std::uint32_t owner_uid = 0;       // the operating system's user whose folder `workspace` must be
  std::vector<std::string> command;  // the agent's program; empty: the adapter waits for turns
  std::string workspace;             // absolute path of a person's folder to overlay, or empty for a fresh one
  bool adapter = false;              // run `command` once per turn under x1-adapter, instead of once
  std::string sidecar_credentials;   // bus credentials (.creds text)
  std::vector<ProviderStart> providers;
  static void members(auto& io, auto& m) {
    io(m.session), io(m.owner_uid), io(m.command), io(m.workspace), io(m.adapter), io(m.sidecar_credentials),
        io(m.providers);
  }
};
struct StopSession {
  std::string session;
  static void members(auto& io, auto& m) { io(m.session); }
};
using FromApi = std::variant<StartSession, StopSession>;

// supervisor → API

struct SessionStarted {
  std::string session;
  std::string boot_key;  // the broker's public key, base64url
  static void members(auto& io, auto& m) { io(m.session), io(m.boot_key); }
};
struct SessionFailed {
  std::string session;
  base::Code code = base::Code::isolation_missing;
  std::string message;
  static void members(auto& io, auto& m) { io(m.session), io(m.code), io(m.message); }
};
struct AgentExited {
  std::string session;
  std::uint32_t status = 0;  // exit status, or 128 + signal
  static void members(auto& io, auto& m) { io(m.session), io(m.status); }
};
struct SessionEnded {
  std::string session;
  std::string reason;  // "stopped", "agent exited", "sidecar died", …
  static void members(auto& io, auto& m) { io(m.session), io(m.reason); }
};
using ToApi = std::variant<SessionStarted, SessionFailed, AgentExited, SessionEnded>;

}  // namespace x1::seam::launch
