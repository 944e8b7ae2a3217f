// Output: what a child writes to stdout and stderr, copied into its bounded log as it comes.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "launch/log_file.hpp"
#include "os/fd.hpp"

namespace x1::launch {

class Output {
 public:
  // Each whole line (cut at 4 KiB), for whoever waits for a child to say that it is ready.
  using OnLine = std::function<void(std::string_view line)>;

  [[nodiscard]] static base::Result<Output> to(boost::asio::io_context& context, LogFile log, OnLine on_line = {});
  Output(Output&&) noexcept = default;
  Output& operator=(Output&&) noexcept = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output();

  // What comes from now on goes to this log.
  void log_to(LogFile log);
  // The end for the child. Closed once the child has it (close_write_end), so that its own end is noticed.
  [[nodiscard]] int write_end() const noexcept { return write_.get(); }
  void close_write_end() noexcept { write_ = os::Fd(); }

 private:
  struct State;
  Output(std::shared_ptr<State> state, os::Fd write) : state_(std::move(state)), write_(std::move(write)) {}
  std::shared_ptr<State> state_;  // shared with the read in flight
  os::Fd write_;
};

}  // namespace x1::launch
