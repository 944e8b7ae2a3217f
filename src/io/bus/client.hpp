// Client: the bus for the broker, over pure/wire/nats and Asio, without libnats and its threads (docs/adr/0004). One
// connection, made again after a loss, for ever; subscriptions come back with it. A request that was under way then is
// not repeated: it fails with unavailable, and whoever needs an answer asks again. No judgement about what passes.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "wire/nkey.hpp"

namespace x1::bus {

struct Settings {
  std::string host = "127.0.0.1";  // an address, not a name
  std::uint16_t port = 4222;
  std::string name;          // for the server's log
  std::string inbox_prefix;  // "_INBOX.<session>": what this user may subscribe to
};

class Client {
 public:
  using OnAnswer = std::function<void(base::Result<std::string>)>;
  using OnRequest = std::function<void(std::string payload, std::string reply)>;

  static constexpr std::size_t most_requests = 1024;
  static constexpr std::size_t most_queued_bytes = 16 << 20;

  // The io_context must outlive it; everything happens on its one thread.
  Client(boost::asio::io_context& context, Settings settings, wire::nkey::Credentials credentials);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  // Connects, and keeps connecting.
  void start();
  // One answer or one error (timed_out, unavailable, too_large, too_many), later, exactly once. Waits for a connection
  // as long as the deadline lets it.
  void request(std::string subject, std::string payload, base::Duration deadline, OnAnswer then);
  void serve(std::string subject, OnRequest then);
  void answer(const std::string& reply, std::string payload);
  // What this user shows, and what it will show from the next connection on.
  [[nodiscard]] const std::string& jwt() const noexcept;
  void renew(std::string jwt);
  // Gives this connection up and makes another: what was asked and not answered fails with unavailable.
  void reconnect();

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the operations in flight, which end after the client does
};

}  // namespace x1::bus
