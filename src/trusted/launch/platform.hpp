// Platform: core, sessions and control socket together, on one loop.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "launch/bearers.hpp"
#include "launch/control_server.hpp"
#include "launch/core.hpp"
#include "launch/installation.hpp"
#include "launch/journal.hpp"
#include "launch/key_rotation.hpp"
#include "launch/sessions.hpp"
#include "launch/wires.hpp"

namespace x1::launch {

struct PlatformSockets {
  TcpListener tcp;
  os::Fd api;      // run/api.sock
  os::Fd control;  // run/control.sock
};

class Platform {
 public:
  using OnReady = std::function<void(std::uint16_t port)>;

  Platform(boost::asio::io_context& context, const Installation& at, Journal& journal, const base::Clock& clock,
           PlatformSockets sockets);
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;

  // From the first process to the end of the last.
  [[nodiscard]] boost::asio::awaitable<base::Status> run(OnReady on_ready);

 private:
  void answer(control::ToSupervisor question, std::optional<os::Fd> fd, ControlServer::Reply reply);
  void heard(seam::launch::FromApi message);
  [[nodiscard]] KeyRotation::Parts who_takes_part();
  void answer_waiting();
  // `answer` is called when everything serves, with `reply`.
  void rotate(bool revoke, const ControlServer::Reply& reply);
  void when_serving(ControlServer::Reply reply, std::function<void(ControlServer::Reply)> answer);
  // `answer` takes its time with the files of a person's folder: one at a time, others hear `conflict`.
  void answer_later(boost::asio::awaitable<control::FromSupervisor> answer, ControlServer::Reply reply);
  [[nodiscard]] control::Status status() const;
  void end(base::Status why);

  const Installation& at_;
  Journal& journal_;
  std::uint16_t port_;
  sandbox::Filters filters_;
  Core core_;
  Sessions sessions_;
  Bearers bearers_;
  KeyRotation keys_;
  ControlServer control_;
  boost::asio::signal_set signals_;
  Latch over_;
  base::Status outcome_ = base::Done{};
  std::vector<std::function<void()>> waiting_;  // for a platform that starts, or starts again
  boost::asio::io_context& context_;
  bool at_a_folder_ = false;
};

}  // namespace x1::launch
