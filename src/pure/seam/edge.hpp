// edge ↔ API. edge parses HTTP and JSON and checks them against the operation's declared fields; the API gets typed
// values and decides: nothing that edge says makes anybody somebody, only a token does. Streams are server-sent events.
#pragma once

#include "seam/codec.hpp"

namespace x1::seam::edge {

struct Parameter {
  std::string name;
  std::string value;
  static void members(auto& io, auto& m) { io(m.name), io(m.value); }
};

// edge → API

struct Request {
  std::uint64_t id = 0;
  std::string operation;              // operationId of the OpenAPI file
  std::vector<Parameter> parameters;  // of the path and the query
  std::string token;                  // bearer token or session cookie; empty: none
  bool from_cookie = false;
  wire::Value body;              // an object, checked against the operation's fields; null: none
  std::uint64_t last_event = 0;  // Last-Event-ID of a stream
  static void members(auto& io, auto& m) {
    io(m.id), io(m.operation), io(m.parameters), io(m.token), io(m.from_cookie), io(m.body), io(m.last_event);
  }
};
// The client hung up.
struct Gone {
  std::uint64_t id = 0;
  static void members(auto& io, auto& m) { io(m.id); }
};
// The client has taken everything of the stream so far: one more batch, please. A client that does not read asks for
// nothing, so nothing piles up for it anywhere.
struct StreamMore {
  std::uint64_t id = 0;
  static void members(auto& io, auto& m) { io(m.id); }
};
using FromEdge = std::variant<Request, Gone, StreamMore>;

// API → edge

struct Reply {
  std::uint64_t id = 0;
  std::uint16_t status = 0;
  std::vector<wire::Header> headers;
  wire::Value body;  // null: no body
  static void members(auto& io, auto& m) { io(m.id), io(m.status), io(m.headers), io(m.body); }
};
struct StreamOpened {
  std::uint64_t id = 0;
  static void members(auto& io, auto& m) { io(m.id); }
};
struct StreamEvent {
  std::uint64_t id = 0;
  std::uint64_t number = 0;  // the event's id
  std::string type;
  wire::Value data;
  static void members(auto& io, auto& m) { io(m.id), io(m.number), io(m.type), io(m.data); }
};
struct StreamEnded {
  std::uint64_t id = 0;
  static void members(auto& io, auto& m) { io(m.id); }
};
using ToEdge = std::variant<Reply, StreamOpened, StreamEvent, StreamEnded>;

}  // namespace x1::seam::edge
