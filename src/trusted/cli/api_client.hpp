// ApiClient: asks the API over its Unix socket, with a bearer. Blocking, one connection a request, every wait with a
// deadline.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/bearer.hpp"
#include "cli/event_feed.hpp"
#include "crypto/secret.hpp"
#include "os/fd.hpp"
#include "wire/http.hpp"
#include "wire/value.hpp"

namespace x1::cli {

// "/sessions/ID", or what a person is told of a text that is no id.
[[nodiscard]] base::Result<std::string> session_path(const std::string& session);

// An open stream of a session's events. `descriptor` is for poll(): when it is readable, `read` does not wait.
class EventStream {
 public:
  explicit EventStream(os::Fd socket) : socket_(std::move(socket)) {}
  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
  // What has come. Fails with unavailable when the stream was cut; `ended` tells when it was ended properly.
  [[nodiscard]] base::Result<std::vector<Event>> read();
  [[nodiscard]] bool ended() const noexcept { return feed_.ended(); }

 private:
  os::Fd socket_;
  EventFeed feed_;
};

class ApiClient {
 public:
  static constexpr std::chrono::milliseconds usual_wait{80'000};  // a little longer than edge waits for the API

  // `socket` is the path of run/api.sock. `bearer` outlives it.
  ApiClient(std::string socket, Bearer& bearer) : socket_(std::move(socket)), bearer_(&bearer) {}

  // The answer's JSON (null when there is none). Fails with the API's own error, or with unavailable when nobody
  // listens. `path` begins after "/api/v1".
  [[nodiscard]] base::Result<wire::Value> get(const std::string& path) const;
  [[nodiscard]] base::Result<wire::Value> post(const std::string& path, wire::Value body = {}) const;
  [[nodiscard]] base::Result<wire::Value> remove(const std::string& path) const;

  // The answer to POST /login: it has a token. Sent as nobody: the bearer is not asked for.
  [[nodiscard]] base::Result<wire::Value> log_in(const std::string& name, const crypto::Secret& password) const;

  // The answer to POST /invites/join: who the caller is in the session now.
  [[nodiscard]] base::Result<wire::Value> join(const crypto::Secret& invite) const;

  // The events after number `after`, and then those to come. When `read` fails with unauthenticated, `forget_bearer`
  // and open it anew.
  [[nodiscard]] base::Result<EventStream> events(const std::string& session, std::uint64_t after = 0) const;
  void forget_bearer() const { bearer_->forget(); }

 private:
  [[nodiscard]] base::Result<os::Fd> connect() const;
  [[nodiscard]] base::Result<wire::Value> ask(const wire::HttpRequest& request) const;
  [[nodiscard]] base::Result<wire::Value> ask_once(wire::HttpRequest request) const;
  [[nodiscard]] base::Result<wire::Value> exchange(const wire::HttpRequest& request) const;
  std::string socket_;
  Bearer* bearer_;  // never null
};

}  // namespace x1::cli
