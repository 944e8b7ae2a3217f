// BoxLink: the broker's end of its seam to the supervisor, which replaces the agent's box, says what else was started
// again, and tells by which keys the API is believed.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>

#include "base/result.hpp"
#include "os/fd.hpp"
#include "seam/box.hpp"

namespace x1::broker {

class BoxLink {
 public:
  // The broker's end of the seam to the new gate.
  using OnReplaced = std::function<void(base::Result<os::Fd>)>;

  // The context must outlive it, and not run after it.
  BoxLink(boost::asio::io_context& context, os::Fd supervisor);
  // Has to call `then` once: Done when the keys are used.
  using OnKeys = std::function<void(const wire::Value& keys, std::function<void(base::Status)> then)>;
  struct Callbacks {
    std::function<void(os::Fd)> on_vault;  // the new channel
    std::function<void()> on_api;
    std::function<void(const std::string& domain)> on_provider;
    std::function<void()> on_agent_ended;
    OnKeys on_keys;
    std::function<void()> on_end;   // the session is over
    std::function<void()> on_gone;  // once: the supervisor is gone or broke the protocol
  };
  void start(Callbacks callbacks);
  // Takes what the supervisor has said by now, whatever else has happened since.
  void hear_now();

  // One at a time. `then` is called once, from the loop, at most half a minute later; not after the supervisor is gone.
  void replace(std::uint64_t turn, OnReplaced then);

 private:
  void listen();
  void gone();
  // False: there is nothing to take just now.
  [[nodiscard]] base::Result<bool> take();
  [[nodiscard]] base::Status took(const seam::box::AgentReplaced& message);
  [[nodiscard]] base::Status took(const seam::box::ReplaceFailed& message);
  [[nodiscard]] base::Status took(const seam::box::UseKeys& message);
  [[nodiscard]] base::Status took(const seam::box::VaultAgain& message);
  [[nodiscard]] base::Status took(const seam::box::ApiAgain& message);
  [[nodiscard]] base::Status took(const seam::box::EndSession& message);
  [[nodiscard]] base::Status took(const seam::box::ProviderAgain& message);
  [[nodiscard]] base::Status took(const seam::box::AgentEnded& message);
  void settle(base::Result<os::Fd> outcome);

  boost::asio::local::stream_protocol::socket socket_;
  boost::asio::steady_timer patience_;
  seam::Framer framer_;
  std::optional<os::Fd> fd_;  // of the next message that comes with one: the kernel ends a read behind each
  std::uint64_t turn_ = 0;    // that is being replaced for
  OnReplaced then_;
  Callbacks callbacks_;
};

}  // namespace x1::broker
