// The person's own terminal: modes, size, typed-ahead input, secrets without echo. An agent never holds it.
#pragma once

#include <sys/ioctl.h>
#include <termios.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "crypto/secret.hpp"
#include "os/fd.hpp"

namespace x1::cli {

// Everything to a descriptor; false when its reader is gone.
bool write_all(int fd, std::string_view bytes) noexcept;

class Terminal {
 public:
  // Nothing when standard input and output are not both a terminal.
  [[nodiscard]] static std::optional<Terminal> open();
  Terminal(Terminal&& other) noexcept;
  Terminal& operator=(Terminal&&) = delete;
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal();  // as it was found

  void raw() noexcept;     // every key goes through unread
  void cooked() noexcept;  // lines, with echo
  [[nodiscard]] winsize size() const noexcept;

 private:
  explicit Terminal(const termios& found) : found_(found) {}
  termios found_;
  bool owner_ = true;
};

// A pseudo terminal for an agent: `ours` is ours, `theirs` becomes the agent's terminal.
struct Pty {
  os::Fd ours;  // non-blocking
  os::Fd theirs;
};
[[nodiscard]] base::Result<Pty> open_pty(const winsize& size);

// Forgets what was typed at the terminal and not read yet: it was meant for something else than what comes now.
void flush_typed() noexcept;
// The same, a moment later: also keys that were on their way when what comes now appeared.
void settle_typed() noexcept;
// The width of the screen behind a descriptor; 0: it is no terminal.
[[nodiscard]] std::size_t columns_of(int fd) noexcept;
// A line from standard input without its end; nothing at the end of input. At most 4096 bytes.
[[nodiscard]] std::optional<std::string> read_line();
// Waits at most that long for input; false when none came.
[[nodiscard]] bool input_within(int milliseconds) noexcept;

// One line: from the terminal without echo, or all of standard input but its last line end. 1 to 1024 bytes.
[[nodiscard]] base::Result<crypto::Secret> read_secret(std::string_view prompt);

}  // namespace x1::cli
