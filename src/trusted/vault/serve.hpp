// Joins a Vault to its seams: the supervisor (which makes a channel for each session, and one for each API that is
// started), the brokers, the API.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "net/seam_channel.hpp"
#include "os/fd.hpp"
#include "vault/passkey_desk.hpp"
#include "vault/vault.hpp"

namespace x1::vault {

class Server {
 public:
  // A broker whose requests are refused this often has been taken over or is broken: its channel is closed.
  static constexpr unsigned max_refusals = 256;
  static constexpr std::size_t max_sessions = 1024;

  // Stops the context when the supervisor is gone. All references stay with the caller.
  Server(boost::asio::io_context& context, os::Fd supervisor, Vault& vault, PasskeyDesk& passkeys, ApiKeys& keys);

 private:
  struct Session {
    Vault::Channel who;
    unsigned refusals = 0;
    std::unique_ptr<net::SeamChannel> channel;
  };
  void wait_for_supervisor();
  [[nodiscard]] base::Status read_supervisor();
  // What comes without its descriptor is a broken supervisor.
  [[nodiscard]] base::Result<os::Fd> next_descriptor();
  [[nodiscard]] base::Status obey(const seam::vault::SessionChannel& message);
  [[nodiscard]] base::Status obey(const seam::vault::ApiChannel& message);
  [[nodiscard]] base::Status obey(const seam::vault::UseKeys& message);
  void took_from_broker(std::uint64_t number, std::string_view frame);
  void answer_broker(std::uint64_t number, const seam::vault::ToBroker& answer);
  // Once the loop has taken in all that is there: who asks at the same time shares one flush of the disk.
  void flush_soon();
  void took_from_api(std::string_view frame);
  // Later, because a channel must not end inside its own callback.
  void close_session_soon(std::uint64_t number);

  boost::asio::io_context& context_;
  boost::asio::local::stream_protocol::socket supervisor_;
  seam::Framer framer_;
  std::deque<os::Fd> descriptors_;
  std::unique_ptr<net::SeamChannel> api_;  // none until the supervisor says so
  std::uint64_t api_number_ = 0;           // an answer goes to the API that asked, or to none
  Vault& vault_;
  PasskeyDesk& passkeys_;
  ApiKeys& keys_;
  std::uint64_t last_ = 0;
  bool flushing_ = false;
  std::map<std::uint64_t, Session> sessions_;
};

}  // namespace x1::vault
