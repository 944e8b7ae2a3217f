// Front: one HTTP request in, one typed request for the API out, or the reason why not. Pure: no socket, no clock.
// Here are the checks against other web sites: exact Host list, Origin, Sec-Fetch-Site, and cookies only on a name
// that no other server of this machine answers to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "seam/edge.hpp"
#include "seam/operations.hpp"
#include "wire/http.hpp"

namespace x1::edge {

// What this edge is called.
struct Site {
  std::uint16_t port = 0;
  // "x1-k3v9.localhost": a random name of our own, on which cookies are taken; empty: no cookies at all, because a
  // browser sends those of "localhost" to every port of this machine. It does so with those of this name, too, for a
  // server that knows it: no answer holds it.
  std::string own_name;
};

// Who connected, as the kernel tells it.
struct Client {
  std::optional<std::uint32_t> uid;  // of a client of the Unix socket; nothing: TCP
};

struct Asked {
  seam::edge::Request request;  // its id is left 0
  const seam::Operation* operation = nullptr;
  bool on_own_name = false;  // whether a cookie may be set
};

// Fails with invalid_request, invalid_json, not_found, unsupported, forbidden or too_large.
[[nodiscard]] base::Result<Asked> read_request(const wire::HttpRequest& http, const Client& client, const Site& site);

}  // namespace x1::edge
