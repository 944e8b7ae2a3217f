// Child: one running box, watched by its pidfd.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "launch/output.hpp"
#include "sandbox/start.hpp"

namespace x1::launch {

class Child {
 public:
  // Exit status, or 128 + signal.
  using OnExit = std::function<void(int status)>;

  // Starts the plan; `output` (if any) is what the plan's stdout is. `on_exit` is called once, from the loop.
  [[nodiscard]] static base::Result<std::unique_ptr<Child>> start(boost::asio::io_context& context,
                                                                  sandbox::Filters& filters, const sandbox::Plan& plan,
                                                                  std::optional<Output> output, OnExit on_exit);
  // The same without waiting for its program to run: running() says whether it does. A box that never ran does not call
  // `on_exit`.
  [[nodiscard]] static base::Result<std::unique_ptr<Child>> begin(boost::asio::io_context& context,
                                                                  sandbox::Filters& filters, const sandbox::Plan& plan,
                                                                  std::optional<Output> output, OnExit on_exit);
  // Returns when the program runs, at most ten seconds later. Fails as sandbox::start does; then the box is killed.
  [[nodiscard]] boost::asio::awaitable<base::Status> running();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  // Kills what still runs, and does not wait for it.
  ~Child();

  [[nodiscard]] const std::string& name() const noexcept;
  [[nodiscard]] pid_t pid() const noexcept;
  [[nodiscard]] std::uint32_t outside_uid() const noexcept;
  [[nodiscard]] bool alive() const noexcept;
  // What it writes goes to this log from now on.
  void log_to(LogFile log);
  [[nodiscard]] const std::vector<std::string>& unlimited() const noexcept;

  // Its exit is no longer news.
  void expect_exit() noexcept;
  // SIGKILL, and does not wait.
  void kill() noexcept;
  // Returns when it has ended, or after `patience`. By one waiter at a time.
  [[nodiscard]] boost::asio::awaitable<void> ended(std::chrono::milliseconds patience);
  // SIGTERM, and SIGKILL when it has not ended after `patience`; zero: SIGKILL at once. Returns when it has ended.
  [[nodiscard]] boost::asio::awaitable<void> end(std::chrono::milliseconds patience);

 private:
  struct State;
  [[nodiscard]] static base::Result<std::unique_ptr<Child>> make(boost::asio::io_context& context,
                                                                 sandbox::Filters& filters, const sandbox::Plan& plan,
                                                                 std::optional<Output> output, OnExit on_exit);
  explicit Child(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;  // shared with the wait in flight
};

}  // namespace x1::launch
