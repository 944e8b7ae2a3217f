// `x1` ↔ supervisor, over STATE/run/control.sock, which only the owner may use. One answer to each question.
#pragma once

#include "seam/codec.hpp"

namespace x1::launch::control {

struct AskStatus {
  static void members(auto&, auto&) {}
};
struct Stop {
  static void members(auto&, auto&) {}
};
// Comes with one descriptor: the terminal.
struct AttachTerminal {
  std::string session;
  static void members(auto& io, auto& m) { io(m.session); }
};
// Comes with one descriptor: the folder that the person lays open to this session's agent. The API can name a folder,
// but only one that the person's own program has handed over is ever mounted.
struct ShareFolder {
  std::string session;
  static void members(auto& io, auto& m) { io(m.session); }
};
struct AskChanges {
  std::string session;
  static void members(auto& io, auto& m) { io(m.session); }
};
struct ApplyChanges {
  std::string session;
  std::vector<std::string> paths;
  static void members(auto& io, auto& m) { io(m.session), io(m.paths); }
};
// The owner's bearer for the REST interface: whoever can ask here has shown the kernel who they are.
struct AskBearer {
  static void members(auto&, auto&) {}
};
// A link that lets the owner's browser in, once.
struct AskLink {
  static void members(auto&, auto&) {}
};
// By which key a session's broker signs what it asks: told by who started it, and not by the API.
struct AskBootKey {
  std::string session;
  static void members(auto& io, auto& m) { io(m.session); }
};
// Another signing key for the API.
struct RotateKeys {
  bool revoke_old = false;
  static void members(auto& io, auto& m) { io(m.revoke_old); }
};
using ToSupervisor = std::variant<AskStatus, Stop, AttachTerminal, ShareFolder, AskChanges, ApplyChanges, AskBearer,
                                  AskLink, AskBootKey, RotateKeys>;

struct Process {
  std::string name;     // "x1-api"
  std::string session;  // empty: of the platform
  std::uint32_t pid = 0;
  std::uint32_t uid = 0;  // as the supervisor sees it
  static void members(auto& io, auto& m) { io(m.name), io(m.session), io(m.pid), io(m.uid); }
};
struct Status {
  std::uint32_t pid = 0;  // the supervisor's, as it sees itself
  std::uint16_t port = 0;
  bool ready = false;
  std::vector<Process> processes;
  std::vector<std::string> sessions;
  std::vector<std::string> limits;  // what this machine could not limit or isolate, one sentence each
  std::string own_name;             // "x1-0a1b2c3d4e5f6071.localhost": what a browser reaches it by, on this port
  static void members(auto& io, auto& m) {
    io(m.pid), io(m.port), io(m.ready), io(m.processes), io(m.sessions), io(m.limits), io(m.own_name);
  }
};
struct Accepted {
  std::uint32_t count = 0;
  static void members(auto& io, auto& m) { io(m.count); }
};
struct Refused {
  base::Code code = base::Code::internal;
  std::string message;
  std::string next;
  static void members(auto& io, auto& m) { io(m.code), io(m.message), io(m.next); }
};
struct ChangedFile {
  std::string path;
  std::uint8_t kind = 0;  // ChangeKind
  std::uint64_t bytes = 0;
  bool executable = false;
  bool runs_by_itself = false;
  static void members(auto& io, auto& m) {
    io(m.path), io(m.kind), io(m.bytes), io(m.executable), io(m.runs_by_itself);
  }
};
struct Changes {
  std::vector<ChangedFile> files;
  static void members(auto& io, auto& m) { io(m.files); }
};
// The answer to AskBearer and AskLink.
struct Bearer {
  std::string token;          // secret
  std::uint32_t seconds = 0;  // how long it is good for
  static void members(auto& io, auto& m) { io(m.token), io(m.seconds); }
};
struct BootKey {
  std::string key;  // public, base64url
  static void members(auto& io, auto& m) { io(m.key); }
};
struct Rotated {
  std::uint64_t number = 0;  // of the set of keys that counts now
  std::string key;           // public, base64url: the one that signs
  static void members(auto& io, auto& m) { io(m.number), io(m.key); }
};
using FromSupervisor = std::variant<Status, Accepted, Refused, Changes, Bearer, BootKey, Rotated>;

}  // namespace x1::launch::control
