// A real nats-server in operator mode on a free loopback port, for the time of a test, and a plain blocking client
// that speaks through our own codec. Only loopback is ever touched.
#pragma once

#include <sys/types.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "os/fd.hpp"
#include "wire/nats.hpp"
#include "wire/nkey.hpp"

namespace x1::contract {

class BusServer {
 public:
  // The settings stand in a folder of their own, which goes with the server. Returns when it takes connections.
  BusServer(const std::string& operator_jwt, const std::string& account, const std::string& account_jwt);
  ~BusServer();
  BusServer(const BusServer&) = delete;
  BusServer& operator=(const BusServer&) = delete;
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  // Kills the server and starts it again on the same port: every connection is lost.
  void restart();

 private:
  void start_and_wait();
  std::string folder_;
  pid_t process_ = -1;
  os::Fd log_;
  std::uint16_t port_ = 0;
};

struct BusUser {
  std::string name;
  std::string jwt;
  crypto::SigningKey key;
  std::optional<std::string> signature = {};  // instead of the key's, over what this server asks
};

class BusClient {
 public:
  BusClient(const BusServer& server, const BusUser& user);
  // What the server said instead of PONG, if it let this user not in.
  [[nodiscard]] const std::string& refusal() const noexcept { return refusal_; }

  // Sends, waits until the server has worked on it, and returns everything that came until then.
  std::vector<wire::nats::Frame> exchange(const std::string& bytes);
  // The same, but only the server's errors.
  std::vector<std::string> errors_of(const std::string& bytes);
  std::vector<wire::nats::Message> messages();
  // Sends, and waits for what comes next as messages, at most some seconds; nothing when none came.
  std::vector<wire::nats::Message> messages_after(const std::string& bytes);
  // Waits for the server's next error, at most some seconds.
  std::string next_error();

 private:
  void send(std::string_view bytes);
  std::vector<wire::nats::Frame> receive();  // nothing when the server has closed

  os::Fd socket_;
  wire::nats::Reader reader_;
  std::string refusal_;
};

}  // namespace x1::contract
