#include "cli/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace x1::cli {
namespace {

constexpr int settle_milliseconds = 400;
constexpr std::uint16_t usual_columns = 80;  // of a terminal that does not say how wide it is
constexpr std::size_t max_secret_bytes = 1024;
constexpr std::size_t max_line_bytes = 4096;

base::Error failed(std::string_view what) {
  return base::Error{base::Code::unavailable, std::string(what) + " failed: " + std::strerror(errno) + ".", ""};
}

}  // namespace

bool write_all(int fd, std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const auto wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0 && errno == EAGAIN) {
      pollfd waiting{.fd = fd, .events = POLLOUT, .revents = 0};
      ::poll(&waiting, 1, 1000);
      continue;
    }
    if (wrote <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

std::optional<Terminal> Terminal::open() {
  termios found{};
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0) return std::nullopt;
  if (::tcgetattr(STDIN_FILENO, &found) != 0) return std::nullopt;
  return Terminal(found);
}

Terminal::Terminal(Terminal&& other) noexcept : found_(other.found_), owner_(std::exchange(other.owner_, false)) {}

Terminal::~Terminal() {
  if (owner_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &found_);
}

void Terminal::raw() noexcept {
  auto mode = found_;
  ::cfmakeraw(&mode);
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &mode);
}

void Terminal::cooked() noexcept {
  auto mode = found_;
  mode.c_lflag |= ICANON | ECHO | ISIG;
  mode.c_iflag |= ICRNL;
  mode.c_oflag |= OPOST | ONLCR;
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &mode);
}

void flush_typed() noexcept { ::tcflush(STDIN_FILENO, TCIFLUSH); }

void settle_typed() noexcept {
  ::poll(nullptr, 0, settle_milliseconds);
  flush_typed();
}

std::size_t columns_of(int fd) noexcept {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col == 0 ? usual_columns : size.ws_col;
}

winsize Terminal::size() const noexcept {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return winsize{24, usual_columns, 0, 0};
  return size;
}

base::Result<Pty> open_pty(const winsize& size) {
  os::Fd ours(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  if (!ours || ::grantpt(ours.get()) != 0 || ::unlockpt(ours.get()) != 0) return failed("Opening a pseudo terminal");
  std::array<char, 64> name{};
  if (::ptsname_r(ours.get(), name.data(), name.size()) != 0) return failed("Naming a pseudo terminal");
  os::Fd theirs(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!theirs || ::ioctl(ours.get(), TIOCSWINSZ, &size) != 0) return failed("Opening a pseudo terminal");
  return Pty{std::move(ours), std::move(theirs)};
}

std::optional<std::string> read_line() {
  std::string line;
  for (char c = 0;;) {
    const auto got = ::read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return line.empty() ? std::nullopt : std::optional(line);
    if (c == '\n') return line;
    if (line.size() < max_line_bytes) line.push_back(c);
  }
}

bool input_within(int milliseconds) noexcept {
  pollfd waiting{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, milliseconds) > 0;
}

base::Result<crypto::Secret> read_secret(std::string_view prompt) {
  X1_TRY(buffer, crypto::Secret::of_size(max_secret_bytes + 1));
  termios found{};
  const bool terminal = ::isatty(STDIN_FILENO) != 0 && ::tcgetattr(STDIN_FILENO, &found) == 0;
  if (terminal) {
    auto silent = found;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    write_all(STDERR_FILENO, prompt);
  }
  std::size_t size = 0;
  const auto room = buffer.fill();
  while (size < room.size()) {
    const auto got = ::read(STDIN_FILENO, room.subspan(size).data(), terminal ? 1 : room.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
    if (terminal && room[size - 1] == '\n') break;
  }
  if (terminal) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &found);
    write_all(STDERR_FILENO, "\n");
  }
  if (size > 0 && room[size - 1] == '\n') --size;
  if (size > 0 && room[size - 1] == '\r') --size;
  if (size == 0 || size > max_secret_bytes) {
    return base::Error{base::Code::invalid_request, "A password has 1 to 1024 bytes.", ""};
  }
  return crypto::Secret::copy_of(buffer.expose().first(size));
}

}  // namespace x1::cli
