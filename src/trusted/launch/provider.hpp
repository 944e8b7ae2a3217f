// Provider: one provider of a session, with the relay that is its only wire. When one of the two dies, both are ended,
// and another pair takes their place as often as it takes: a provider has nothing that a crash could win, and nothing
// to remember. Two pairs of one domain there never are.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "launch/back_off.hpp"
#include "launch/child.hpp"
#include "launch/installation.hpp"
#include "launch/journal.hpp"
#include "launch/latch.hpp"
#include "launch/session_components.hpp"

namespace x1::launch {

class Provider {
 public:
  struct Callbacks {
    // One of the two has ended. recover() follows, or the session's end.
    std::function<void(const std::string& part, int status)> on_died;
    // Another one is wanted: the API has to be asked, and resume_with() brings what it says.
    std::function<void(const std::string& part)> on_lost;
    // It runs.
    std::function<void()> on_again;
  };

  // `index`: its place among the session's providers. `bus`: the bus's network. The references must outlive it.
  Provider(boost::asio::io_context& context, const Installation& at, sandbox::Filters& filters, Journal& journal,
           const SessionFacts& facts, int bus, std::uint32_t index, std::string domain, Callbacks callbacks);
  Provider(const Provider&) = delete;
  Provider& operator=(const Provider&) = delete;
  ~Provider() = default;

  // `credentials`: .creds text. running() says whether both run.
  [[nodiscard]] base::Status begin(const std::string& credentials);
  [[nodiscard]] boost::asio::awaitable<base::Status> running();

  // Ends what is left of it and starts another, behind on_lost. Does nothing when that is under way.
  void recover();
  void resume_with(std::string credentials);

  void expect_exit() noexcept;
  // Kills both and waits for nothing. No other follows.
  void kill() noexcept;
  // Returns when both have ended. No other follows.
  [[nodiscard]] boost::asio::awaitable<void> end();

  [[nodiscard]] const std::string& domain() const noexcept { return domain_; }
  [[nodiscard]] std::vector<Child*> children() const;

 private:
  [[nodiscard]] base::Result<std::unique_ptr<Child>> begin(const sandbox::Plan& plan, Output output);
  [[nodiscard]] base::Result<Output> output(const std::string& name);
  void died(const std::string& part, int status);
  [[nodiscard]] bool lives() const noexcept;
  void stop() noexcept;
  [[nodiscard]] boost::asio::awaitable<void> again();
  // Whether another pair runs; or the session ends.
  [[nodiscard]] boost::asio::awaitable<bool> try_again();
  [[nodiscard]] boost::asio::awaitable<bool> end_both();

  boost::asio::io_context& context_;
  const Installation& at_;
  sandbox::Filters& filters_;
  Journal& journal_;
  const SessionFacts& facts_;
  int bus_;
  std::uint32_t index_;
  std::string domain_;
  Callbacks callbacks_;
  std::unique_ptr<Child> provider_;
  std::unique_ptr<Child> relay_;
  std::string died_;  // the program that did, last
  BackOff back_off_;
  BackOff::Clock::time_point began_;
  boost::asio::steady_timer pause_;
  std::shared_ptr<Latch> recovering_;   // of a restart that is under way; shared with whoever waits for its end
  std::unique_ptr<Latch> credentials_;  // for the next one, once they are asked for
  bool stopping_ = false;
};

}  // namespace x1::launch
