// API ↔ supervisor: start and stop what a session needs, let the owner in, and have one signing key follow another. The
// API has no power to start anything itself, and none to say which keys it is believed by.
//
// An API that was started again finds the sessions running: what the supervisor has reported and the API has not
// acknowledged (Heard) is reported anew, in its order, and then comes Running, always. The API serves nobody before it.
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
  std::vector<std::string> command;  // the agent's program; empty: the adapter waits for turns
  std::string workspace;             // absolute path of a person's folder to overlay, or empty for a fresh one
  bool adapter = false;              // run `command` once per turn under x1-adapter, instead of once
  std::string sidecar_credentials;   // bus credentials (.creds text)
  std::vector<ProviderStart> providers;
  static void members(auto& io, auto& m) {
    io(m.session), io(m.command), io(m.workspace), io(m.adapter), io(m.sidecar_credentials), io(m.providers);
  }
};
struct StopSession {
  std::string session;
  bool at_once = false;  // nothing that runs in it is waited for; the broker alone may still close its books
  static void members(auto& io, auto& m) { io(m.session), io(m.at_once); }
};
// The answers to MintBearer and MintLink. What was minted lets its holder in as the owner of the platform: secret.
struct Minted {
  std::uint64_t number = 0;
  std::string token;
  std::uint32_t seconds = 0;  // how long it is good for
  static void members(auto& io, auto& m) { io(m.number), io(m.token), io(m.seconds); }
};
struct MintRefused {
  std::uint64_t number = 0;
  base::Code code = base::Code::internal;
  std::string message;
  static void members(auto& io, auto& m) { io(m.number), io(m.code), io(m.message); }
};
// The answers to MakeKey and UseKey: the public half of the key that the API made, or that it signs with now. Nothing
// is signed with another one any more.
struct KeyMade {
  std::uint64_t number = 0;
  std::string key;
  static void members(auto& io, auto& m) { io(m.number), io(m.key); }
};
struct KeyUsed {
  std::uint64_t number = 0;
  std::string key;
  static void members(auto& io, auto& m) { io(m.number), io(m.key); }
};
struct KeyFailed {
  std::uint64_t number = 0;
  base::Code code = base::Code::internal;
  std::string message;
  static void members(auto& io, auto& m) { io(m.number), io(m.code), io(m.message); }
};
// What was reported first of what was not acknowledged yet has been taken: SessionStarted to SessionEnded, SidecarLost,
// ProviderLost.
struct Heard {
  static void members(auto&, auto&) {}
};
// The answer to SidecarLost: with what the next broker logs in to the bus.
struct ResumeSession {
  std::string session;
  std::string sidecar_credentials;  // .creds text
  static void members(auto& io, auto& m) { io(m.session), io(m.sidecar_credentials); }
};
// The answer to ProviderLost: with what the next one logs in to the bus.
struct ResumeProvider {
  std::string session;
  ProviderStart provider;
  static void members(auto& io, auto& m) { io(m.session), io(m.provider); }
};
using FromApi = std::variant<StartSession, StopSession, Minted, MintRefused, KeyMade, KeyUsed, KeyFailed, Heard,
                             ResumeSession, ResumeProvider>;

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
// Of a session whose command is run once: it has one turn, and with the command that is over. Another session's broker
// hears of it (seam/box.hpp), which knows whose agent that was.
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
// The owner's own program asks for a bearer. The supervisor has asked the kernel who that is.
struct MintBearer {
  std::uint64_t number = 0;  // comes back in the answer
  static void members(auto& io, auto& m) { io(m.number); }
};
// The same person wants a link that lets a browser in, once.
struct MintLink {
  std::uint64_t number = 0;
  static void members(auto& io, auto& m) { io(m.number); }
};
// Make a signing key, to follow the present one. It is used when UseKey says so, and everybody believes it.
struct MakeKey {
  std::uint64_t number = 0;
  static void members(auto& io, auto& m) { io(m.number); }
};
struct UseKey {
  std::uint64_t number = 0;
  std::string key;
  bool revoke = false;  // the one before is believed for nothing any more
  static void members(auto& io, auto& m) { io(m.number), io(m.key), io(m.revoke); }
};
// What runs when an API begins.
struct RunningSession {
  std::string session;
  std::string boot_key;  // of its broker; empty: it is starting, and how that goes will be told
  static void members(auto& io, auto& m) { io(m.session), io(m.boot_key); }
};
struct Running {
  std::vector<RunningSession> sessions;
  static void members(auto& io, auto& m) { io(m.sessions); }
};
// A part of the session's sidecar died under its agent. With ResumeSession another sidecar goes on with its record, and
// SessionStarted says under which key.
struct SidecarLost {
  std::string session;
  std::string part;  // "x1-gate"
  static void members(auto& io, auto& m) { io(m.session), io(m.part); }
};
// One of the session's providers, or its relay, died. With ResumeProvider another one is started, and all else goes on.
struct ProviderLost {
  std::string session;
  std::string domain;
  std::string part;  // "x1-relay"
  static void members(auto& io, auto& m) { io(m.session), io(m.domain), io(m.part); }
};
using ToApi = std::variant<SessionStarted, SessionFailed, AgentExited, SessionEnded, MintBearer, MintLink, MakeKey,
                           UseKey, Running, SidecarLost, ProviderLost>;

}  // namespace x1::seam::launch
