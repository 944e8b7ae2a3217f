// Sessions: all that run, from what the API asks for. Each has one task here, from its start to its end.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "launch/core.hpp"
#include "launch/installation.hpp"
#include "launch/journal.hpp"
#include "launch/session.hpp"
#include "os/fd.hpp"
#include "seam/launch.hpp"

namespace x1::launch {

// Things that the person's own program hands over before a session starts. Bounded; the oldest go first.
struct HandedOver {
  os::Fd terminal;
  os::Fd folder;
  std::uint64_t number = 0;  // in the order of coming
};

class Sessions {
 public:
  static constexpr std::size_t max_handed_over = 64;

  Sessions(boost::asio::io_context& context, const Installation& at, sandbox::Filters& filters, Journal& journal,
           Core& core, const base::Clock& clock);
  ~Sessions();
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;

  // Has a spare made for the session that comes next, unless there is one. Called whenever the platform has a moment.
  void make_spare();
  // What the API asked for. It hears how it went as seam/launch.hpp says; after SessionFailed comes no SessionEnded.
  void obey(seam::launch::FromApi message);
  // Each fails with conflict when the session runs already.
  [[nodiscard]] base::Status attach_terminal(const std::string& session, os::Fd terminal);
  [[nodiscard]] base::Status share_folder(const std::string& session, os::Fd folder);

  // Of the session's broker, as it told it when it was started. Fails with not_found.
  [[nodiscard]] base::Result<std::string> boot_key(const std::string& session) const;

  // Tells every broker that there is; whose answers to wait for. `on_keys` hears them.
  std::vector<std::string> tell_keys(const seam::box::UseKeys& keys);
  void on_keys(std::function<void(const std::string& session, std::uint64_t number, const std::string& code)> then) {
    on_keys_ = std::move(then);
  }

  // False also while one takes another's place.
  [[nodiscard]] bool has_broker(const std::string& session) const;
  void on_broker_gone(std::function<void(const std::string& session)> then) { on_broker_gone_ = std::move(then); }

  // For an API that begins.
  [[nodiscard]] seam::launch::Running running() const;
  // Each session's broker gets its channel to a vault, or hears of an API, that was started again.
  void vault_again();
  void api_again();
  void end(const std::string& session, const std::string& reason);
  // Ends all and waits for it.
  [[nodiscard]] boost::asio::awaitable<void> stop();

  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] bool runs(const std::string& session) const { return running_.contains(session); }
  // Session (empty: the spare's) and process.
  [[nodiscard]] std::vector<std::pair<std::string, const Child*>> children() const;

 private:
  struct Running;
  void end_all(const std::string& reason);
  void start(seam::launch::StartSession wanted);
  [[nodiscard]] base::Result<SessionFacts> facts_for(const seam::launch::StartSession& wanted, HandedOver& given);
  [[nodiscard]] boost::asio::awaitable<void> live(Running& entry, std::string credentials,
                                                  std::vector<seam::launch::ProviderStart> providers);
  void fail(const std::string& session, const base::Error& why);
  [[nodiscard]] base::Result<std::uint32_t> free_place() const;
  // The spare, or one that is begun just now.
  [[nodiscard]] base::Result<std::unique_ptr<Spare>> take_spare();
  [[nodiscard]] HandedOver& given_for(const std::string& session);

  boost::asio::io_context& context_;
  const Installation& at_;
  sandbox::Filters& filters_;
  Journal& journal_;
  Core& core_;
  const base::Clock& clock_;
  std::map<std::string, std::unique_ptr<Running>> running_;
  std::map<std::string, HandedOver> handed_over_;
  std::function<void(const std::string& session, std::uint64_t number, const std::string& code)> on_keys_;
  std::function<void(const std::string& session)> on_broker_gone_;
  std::unique_ptr<Spare> spare_;
  std::uint64_t last_number_ = 0;
  std::unique_ptr<Latch> all_ended_;
  bool stopping_ = false;
};

}  // namespace x1::launch
