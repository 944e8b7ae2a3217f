// ReadyLine: the one line that a child writes to its `--ready` pipe when it can serve.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>

#include "launch/latch.hpp"
#include "os/fd.hpp"

namespace x1::launch {

class ReadyLine {
 public:
  // `pipe` is the read end; the supervisor has closed its copy of the other.
  ReadyLine(boost::asio::io_context& context, os::Fd pipe, std::string who);
  ReadyLine(const ReadyLine&) = delete;
  ReadyLine& operator=(const ReadyLine&) = delete;
  ~ReadyLine();

  // The line without its end. unavailable when the child closed the pipe before.
  [[nodiscard]] boost::asio::awaitable<base::Result<std::string>> wait(std::chrono::milliseconds patience);
  // Whoever waits gets this instead, unless the line is there already.
  void give_up(const base::Error& why);

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the read in flight
};

}  // namespace x1::launch
