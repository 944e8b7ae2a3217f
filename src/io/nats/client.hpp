// Client: the bus through libnats, for processes that may have its threads (API and providers; the broker uses io/bus).
// libnats calls back on its own threads: those callbacks copy, post into the io_context and return, so that all code
// of ours runs on one thread. Reconnects for ever, also where libnats would give up; no judgement about what passes.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"

namespace x1::nats {

// What a user of the bus shows: the JWT, and the seed ("SU…") that signs the server's nonce. Secret.
struct Identity {
  std::string jwt;
  std::string seed;
};

struct Settings {
  std::string address;       // "127.0.0.1:4222"
  std::string name;          // for the server's log
  std::string inbox_prefix;  // "_INBOX.api"
  // Asked at each connect and reconnect, on a thread of libnats: a fresh identity, or the reason why there is none.
  std::function<base::Result<Identity>()> identity;
};

struct Message {
  std::string subject;
  std::string reply;  // may be empty; chosen by the sender, so look before you answer
  std::string payload;
};

class Client {
 public:
  using OnMessage = std::function<void(Message)>;
  using OnAnswer = std::function<void(base::Result<std::string>)>;

  // Connects; when the server is not there yet, goes on trying in the background. The io_context must outlive it.
  [[nodiscard]] static base::Result<std::unique_ptr<Client>> connect(boost::asio::io_context& context,
                                                                     Settings settings);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  // Messages of a subject, until the client ends. What waits to be handled is bounded (backlog.hpp), for all subjects
  // together; the newest are dropped then.
  [[nodiscard]] base::Status subscribe(const std::string& subject, OnMessage on_message);
  [[nodiscard]] base::Status publish(const std::string& subject, const std::string& payload);
  // One answer, or timed_out after `deadline`, or unavailable. At most 1024 at a time (too_many).
  void request(const std::string& subject, const std::string& payload, std::chrono::milliseconds deadline,
               OnAnswer on_answer);
  [[nodiscard]] bool connected() const;

  struct State;
  // For connect() alone, which is the only one that can make a State.
  explicit Client(std::shared_ptr<State> state);

 private:
  [[nodiscard]] base::Status hear_answers();
  std::shared_ptr<State> state_;  // shared with what libnats' threads have posted and not yet run
};

}  // namespace x1::nats
