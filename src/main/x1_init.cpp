// x1-init: the first process in a box. Seals itself, then runs the command; 120 when a layer is missing.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "init/arguments.hpp"
#include "init/run_command.hpp"
#include "init/seal_box.hpp"

namespace {

constexpr int not_sealed = 120;

// To the starter when it listens, and to whoever reads stderr. `kind`: E a layer, X the command.
void tell(int report, char kind, const std::string& text) {
  const std::string message = kind + text;
  if (report >= 0) {
    [[maybe_unused]] const auto sent = ::send(report, message.data(), message.size(), MSG_NOSIGNAL);
  }
  // Not a stream: setting up the library's streams would cost every box more than all else here.
  const std::string line = "x1-init: " + text + "\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

int main(int argc, char** argv) {
#pragma clang unsafe_buffer_usage begin  // the kernel's argument vector
  const std::vector<std::string_view> words(argv + (argc > 0 ? 1 : 0), argv + argc);
#pragma clang unsafe_buffer_usage end
  const auto arguments = x1::init::parse(words);
  if (!arguments.ok()) {
    tell(-1, 'E', x1::base::describe(arguments.error()));
    return not_sealed;
  }
  const int report = arguments->report;
  if (report >= 0) ::fcntl(report, F_SETFD, FD_CLOEXEC);

  const char* home = std::getenv("HOME");
  const auto sealed = x1::init::seal_box(*arguments, home != nullptr ? home : "");
  if (!sealed.ok()) {
    tell(report, 'E', sealed.error().message);
    return not_sealed;
  }
  return x1::init::run_command(arguments->command, report, [&](const std::string& text) { tell(report, 'X', text); });
}
