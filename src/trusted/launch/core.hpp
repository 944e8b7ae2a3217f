// Core: the platform's own processes. Starts them in their order, says when they serve, and starts again what crashed.
//
// The order is nats-server, then the vault with a dialer and a resolver of its own, then API and edge. A seam can't be
// mended, so what is joined by seams restarts together: API, edge and vault are one group, nats-server another.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "launch/child.hpp"
#include "launch/installation.hpp"
#include "launch/journal.hpp"
#include "launch/ready_line.hpp"
#include "net/seam_channel.hpp"
#include "os/fd.hpp"
#include "seam/launch.hpp"
#include "seam/vault.hpp"

namespace x1::launch {

// At most this many restarts of a group within a minute; then the platform gives up.
inline constexpr std::size_t max_restarts = 5;
inline constexpr std::size_t max_unheard = 4096;

class RestartBound {
 public:
  // Whether one more restart at `now` is within the bound; counts it.
  [[nodiscard]] bool allow(std::chrono::steady_clock::time_point now);

 private:
  std::deque<std::chrono::steady_clock::time_point> recent_;
};

struct CoreSockets {
  os::Fd tcp;
  std::uint16_t port = 0;  // of tcp
  os::Fd local;
};

class Core {
 public:
  struct Callbacks {
    std::function<void(seam::launch::FromApi)> on_api;  // what the API asks for
    std::function<void()> on_serving;                   // at the start, and after each restart of the group
    std::function<void()> on_vault_lost;                // every session's seam to the vault is gone
    // The vault uses these keys of the API; or why not (a code).
    std::function<void(std::uint64_t number, const std::string& code)> on_vault_keys;
    std::function<void(const base::Error&)> on_given_up;  // the bound is reached, or a restart failed
  };

  // All of the arguments must outlive it.
  Core(boost::asio::io_context& context, const Installation& at, sandbox::Filters& filters, Journal& journal,
       CoreSockets sockets, Callbacks callbacks);
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  [[nodiscard]] boost::asio::awaitable<base::Status> start();
  // Makes a start or a restart that is under way fail soon. stop() comes after it.
  void give_up();
  // Ends all of them, the last started first. Nothing is started any more.
  [[nodiscard]] boost::asio::awaitable<void> stop();

  // False while vault, API and edge start, again or for the first time.
  [[nodiscard]] bool serving() const noexcept { return !starting_group_; }
  [[nodiscard]] int bus() const noexcept { return bus_.get(); }
  // Kept for the next API when there is none just now.
  void tell_api(seam::launch::ToApi message);
  // Gives the vault its end of a session's seam.
  [[nodiscard]] base::Status tell_vault(const std::string& session, const std::string& dialer_key, os::Fd end);
  [[nodiscard]] base::Status tell_vault(const seam::vault::UseKeys& keys);
  [[nodiscard]] std::vector<const Child*> children() const;

 private:
  [[nodiscard]] boost::asio::awaitable<base::Status> start_bus();
  [[nodiscard]] boost::asio::awaitable<base::Status> start_group();
  // The descriptor is the end that faces the API, or the vault.
  [[nodiscard]] boost::asio::awaitable<base::Status> start_vault(os::Fd api_end);
  [[nodiscard]] base::Status start_front(os::Fd vault_end);
  [[nodiscard]] boost::asio::awaitable<base::Status> restart_bus();
  [[nodiscard]] boost::asio::awaitable<base::Status> restart_group();
  using Restart = boost::asio::awaitable<base::Status> (Core::*)();
  void recover(RestartBound& bound, Restart restart);
  [[nodiscard]] boost::asio::awaitable<void> run(Restart restart);
  [[nodiscard]] boost::asio::awaitable<void> end_group(std::chrono::milliseconds patience);
  [[nodiscard]] base::Result<Output> output(const std::string& name, Output::OnLine on_line = {});
  [[nodiscard]] base::Status start_child(std::unique_ptr<Child>& place, const sandbox::Plan& plan, Output output,
                                         bool in_group);
  void group_member_died(const std::string& name, int status);
  void bus_died(int status);
  void open_api_seam(os::Fd end);
  void group_serves();
  void vault_said(std::string_view frame);

  boost::asio::io_context& context_;
  const Installation& at_;
  sandbox::Filters& filters_;
  Journal& journal_;
  CoreSockets sockets_;
  Callbacks callbacks_;
  os::Fd bus_;
  os::Fd vault_control_;
  std::unique_ptr<net::SeamChannel> from_vault_;  // the same socket: messages with a descriptor go out there
  std::unique_ptr<net::SeamChannel> api_seam_;
  std::deque<seam::launch::ToApi> unheard_;
  std::unique_ptr<Latch> bus_ready_;
  std::shared_ptr<Latch> group_ready_;  // shared with the health request in flight
  std::unique_ptr<ReadyLine> dialer_ready_;
  std::unique_ptr<ReadyLine> vault_ready_;
  std::unique_ptr<Child> nats_, dialer_, resolver_, vault_, api_, edge_;
  RestartBound bus_restarts_, group_restarts_;
  int restarts_running_ = 0;
  std::unique_ptr<Latch> restarts_over_;  // while stop() waits for them
  bool stopping_ = false;
  bool starting_group_ = true;  // whoever starts it hears of a failure
};

}  // namespace x1::launch
