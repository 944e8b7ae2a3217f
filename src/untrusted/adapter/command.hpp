// Command: the agent's program at work on one turn. Its stdin is the person's message, its stdout the agent's words.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace x1::adapter {

class Command {
 public:
  static constexpr std::size_t max_output_bytes = 32 * 1024;  // handed over at a time

  // Runs `words` (a program and its arguments) in a process group of its own. Fails with unavailable.
  [[nodiscard]] static base::Result<Command> start(const std::vector<std::string>& words, std::string message);
  Command(Command&& other) noexcept = default;
  Command& operator=(Command&&) = delete;
  // Ends the whole group.
  ~Command();

  // To be polled: -1 when there is nothing more to write, or to read.
  [[nodiscard]] int input() const noexcept { return input_.get(); }
  [[nodiscard]] int output() const noexcept { return output_.get(); }

  // Writes what the program takes of the message; closes its stdin at the end.
  void feed();
  // What the program wrote since: whole lines, or all that there is at its end or when a line is too long. Always
  // UTF-8.
  [[nodiscard]] std::string take();

  // Its exit status, or 128 + signal, once it has ended; asks without waiting.
  [[nodiscard]] std::optional<int> ended();

 private:
  Command(pid_t pid, os::Fd input, os::Fd output, std::string message)
      : pid_(pid), input_(std::move(input)), output_(std::move(output)), message_(std::move(message)) {}

  struct Pid {
    explicit Pid(pid_t id) noexcept : number(id) {}
    Pid(Pid&& other) noexcept : number(std::exchange(other.number, 0)) {}
    pid_t number;
  };
  Pid pid_;
  os::Fd input_;
  os::Fd output_;
  std::string message_;
  std::string held_;
  bool reaped_ = false;
};

// Bytes that are no UTF-8 are replaced by U+FFFD.
[[nodiscard]] std::string as_utf8(std::string_view text);

}  // namespace x1::adapter
