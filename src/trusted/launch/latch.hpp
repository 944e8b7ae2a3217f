// Latch: one text, or one failure, that somebody waits for with a deadline. Set once; what comes later is dropped.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace x1::launch {

class Latch {
 public:
  // `what` is waited for: it is named when it does not come in time.
  Latch(boost::asio::io_context& context, std::string what) : timer_(context), what_(std::move(what)) {}

  void set(base::Result<std::string> outcome) {
    if (outcome_) return;
    outcome_.emplace(std::move(outcome));
    timer_.cancel();
  }
  [[nodiscard]] bool is_set() const noexcept { return outcome_.has_value(); }

  // By one waiter at a time. The latch must outlive it.
  [[nodiscard]] boost::asio::awaitable<base::Result<std::string>> wait(std::chrono::milliseconds patience);

 private:
  boost::asio::steady_timer timer_;
  std::string what_;
  std::optional<base::Result<std::string>> outcome_;
};

}  // namespace x1::launch
