// The real x1-api and x1-edge (or x1-api alone, with the test as its edge), with the real nats-server, for the time of
// a test: temporary state, free ports. The test itself plays the supervisor, the vault and the brokers.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/bus_server.hpp"
#include "crypto/signing.hpp"
#include "os/fd.hpp"
#include "policy/tokens.hpp"
#include "seam/launch.hpp"
#include "seam/vault.hpp"
#include "wire/http.hpp"
#include "wire/value.hpp"

namespace x1::contract {

// One end of a seam, read and written when the test says so; waits at most some seconds.
class SeamEnd {
 public:
  explicit SeamEnd(os::Fd socket) : socket_(std::move(socket)) {}
  [[nodiscard]] std::string next_frame();
  void send(const std::string& frame);
  template <class Variant, class Kind>
  [[nodiscard]] Kind expect() {
    auto message = seam::decode_frame<Variant>(next_frame());
    if (!message.ok() || !std::holds_alternative<Kind>(*message)) std::abort();
    return std::get<Kind>(std::move(*message));
  }

 private:
  os::Fd socket_;
  seam::Framer framer_;
  std::vector<std::string> frames_;
};

struct Answer {
  int status = 0;
  wire::Value body;
  std::vector<wire::Header> headers;
  [[nodiscard]] std::string header(std::string_view name) const;
};

// A client on one connection. Requests go out as they are given: good and bad ones.
class HttpClient {
 public:
  explicit HttpClient(os::Fd socket) : socket_(std::move(socket)) {}
  void send(std::string_view bytes);
  // What comes until the connection is quiet for `quiet`, or closed.
  [[nodiscard]] std::string raw(std::chrono::milliseconds quiet);
  // Waits for the text in what comes; false when it does not come in time, or the connection closes before.
  [[nodiscard]] bool waits_for(std::string_view text);
  [[nodiscard]] std::string& held() { return held_; }
  [[nodiscard]] bool closed();
  [[nodiscard]] Answer answer(wire::Method method);

 private:
  bool receive(std::chrono::milliseconds patience);
  os::Fd socket_;
  std::string held_;
  bool closed_ = false;
};

struct Ask {
  std::string_view method;  // "POST"
  std::string target;
  wire::Value body = {};
  std::string token = {};
  std::vector<wire::Header> headers = {};
};
[[nodiscard]] std::string request_text(const Ask& ask, const std::string& host);

class World {
 public:
  enum class Edge { real, taken };
  explicit World(Edge edge = Edge::real);
  // A second API with its edge, on the same state and the same bus; `running`: what the supervisor says runs.
  World(const World& first, const seam::launch::Running& running);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] HttpClient over_tcp() const;
  [[nodiscard]] HttpClient over_unix() const;
  // As the owner, by the Unix socket, on a connection of its own; or with a token, over TCP.
  Answer call(const Ask& ask) const;
  [[nodiscard]] std::string host() const { return "localhost:" + std::to_string(port_); }
  [[nodiscard]] std::string own_name() const { return "x1-test.localhost"; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] BusUser broker_user(const std::string& session) const;
  [[nodiscard]] const BusServer& bus() const { return *bus_; }
  [[nodiscard]] const crypto::PublicKey& api_key() const { return api_key_; }

  // What the supervisor gets for the owner's own program.
  [[nodiscard]] const std::string& owner_token() const { return owner_token_; }
  // A sign-in link, asked for as the supervisor does.
  [[nodiscard]] std::string link();
  // The API's seam to edge, when that is the test itself.
  SeamEnd& edge() { return *edge_; }
  SeamEnd& supervisor() { return *supervisor_; }
  SeamEnd& vault() { return *vault_; }
  // Ends the API alone and starts it again on the same state, with a new edge; `running`: what the supervisor says
  // runs.
  void restart(const seam::launch::Running& running = {});
  // SIGKILL to both.
  void kill();

 private:
  void start(const seam::launch::Running& running);
  void stop();
  std::shared_ptr<const std::filesystem::path> folder_;  // removed with the last that uses it
  std::filesystem::path local_;
  std::shared_ptr<const BusServer> bus_;
  crypto::PublicKey api_key_;
  std::optional<crypto::SigningKey> account_;
  std::optional<crypto::SigningKey> sidecar_;
  std::optional<SeamEnd> supervisor_;
  std::optional<SeamEnd> vault_;
  Edge edge_is_;
  std::optional<SeamEnd> edge_;
  std::string owner_token_;
  std::vector<pid_t> processes_;
  std::uint16_t port_ = 0;
};

}  // namespace x1::contract
