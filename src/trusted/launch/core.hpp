// Core: the platform's own processes. Starts them in their order, says when they serve, and starts again what crashed.
//
// The order is nats-server, then the vault with a dialer and a resolver of its own, then API and edge. Each of the
// three is a group that restarts together, under running sessions. What joins a group to another is made anew from
// here: the vault is given the seam to a new API, each broker that to a new vault, and a new API hears what runs. Only
// an API is given no new vault: it is started again with it.
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
    std::function<seam::launch::Running()> running;     // what an API has to know when it begins
    std::function<void()> on_api_lost;                  // what it was asked and has not answered, it never will
    std::function<void()> on_vault_gone;                // the next one begins with the keys that are kept then
    std::function<void()> on_vault_again;               // every session's seam to the vault has to be made anew
    std::function<void()> on_serving;                   // at the start, and after each restart of the API
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
  [[nodiscard]] bool serving() const noexcept { return serving_; }
  [[nodiscard]] int bus() const noexcept { return bus_.get(); }
  // How it goes with a session: kept until an API has acknowledged it, told again to one that begins meanwhile.
  void report(seam::launch::ToApi message);
  // What only the API of the moment can answer.
  void ask_api(seam::launch::ToApi message);
  // `end`: the vault's, of the seam that the message is about.
  [[nodiscard]] base::Status tell_vault(const seam::vault::FromSupervisor& message, int end = -1);
  // One that does not answer: it is started again, as after a crash.
  void kill_api() noexcept;
  void kill_vault() noexcept;
  [[nodiscard]] std::vector<const Child*> children() const;

 private:
  [[nodiscard]] boost::asio::awaitable<base::Status> start_bus();
  [[nodiscard]] boost::asio::awaitable<base::Status> start_vault();
  [[nodiscard]] boost::asio::awaitable<base::Status> start_front();
  [[nodiscard]] base::Status begin_front();
  // The vault's end of its seam to an API.
  [[nodiscard]] base::Result<os::Fd> join_vault();
  // core_restart.cpp
  [[nodiscard]] boost::asio::awaitable<void> recover_bus();
  [[nodiscard]] boost::asio::awaitable<void> recover_others();
  // Whether all that is down could be started again.
  [[nodiscard]] boost::asio::awaitable<base::Status> start_again();
  void recover();
  void spawn(boost::asio::awaitable<void> recovery);
  [[nodiscard]] bool within(RestartBound& bound);
  [[nodiscard]] boost::asio::awaitable<void> end_front();
  [[nodiscard]] boost::asio::awaitable<void> end_vault();
  [[nodiscard]] base::Result<Output> output(const std::string& name, Output::OnLine on_line = {});
  using Died = void (Core::*)(const base::Error& how);
  [[nodiscard]] base::Status start_child(std::unique_ptr<Child>& place, const sandbox::Plan& plan, Output output,
                                         Died died);
  // A member of the group ended, by itself.
  void bus_died(const base::Error& how);
  void vault_died(const base::Error& how);
  void front_died(const base::Error& how);
  void open_api_seam(os::Fd end);
  void heard_from_api(std::string_view frame);
  void send_to_api(const seam::launch::ToApi& message);
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
  std::unique_ptr<Latch> api_closed_;        // set when all that an API said has been heard
  std::deque<seam::launch::ToApi> unheard_;  // reported, and not acknowledged
  std::unique_ptr<Latch> bus_ready_;
  std::shared_ptr<Latch> front_ready_;  // shared with the health request in flight
  std::unique_ptr<ReadyLine> dialer_ready_;
  std::unique_ptr<ReadyLine> vault_ready_;
  std::unique_ptr<Child> nats_, dialer_, resolver_, vault_, api_, edge_;
  RestartBound bus_restarts_, vault_restarts_, front_restarts_;
  int recoveries_ = 0;                    // under way
  std::unique_ptr<Latch> restarts_over_;  // while stop() waits for them
  bool stopping_ = false;
  bool serving_ = false;
  bool recovering_ = false;  // one recovery serves vault and front
  // Down: whoever starts it again hears of a failure.
  bool bus_down_ = true;
  bool vault_down_ = true;
  bool front_down_ = true;
};

}  // namespace x1::launch
