// x1-api: the control plane. Wiring only; see src/trusted/api/README.md.
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <cstdio>
#include <string_view>
#include <vector>

#include "api/daemon.hpp"
#include "seal/process.hpp"
#include "seal/seccomp.hpp"

namespace {

using namespace x1;

struct Flags {
  api::DaemonSettings settings{.state = "", .manifests = "", .bus = "127.0.0.1:4222"};
  int edge = -1;
  int vault = -1;
  int supervisor = -1;
};

template <class Number>
bool read_number(std::string_view text, Number& out) {
  const auto* end = std::to_address(text.end());
  const auto [stopped, error] = std::from_chars(std::to_address(text.begin()), end, out);
  return error == std::errc() && stopped == end;
}

bool read_flag(std::string_view name, std::string_view value, Flags& flags) {
  if (name == "--state") return flags.settings.state = value, true;
  if (name == "--manifests") return flags.settings.manifests = value, true;
  if (name == "--bus") return flags.settings.bus = value, true;
  if (name == "--edge") return read_number(value, flags.edge);
  if (name == "--vault") return read_number(value, flags.vault);
  if (name == "--supervisor") return read_number(value, flags.supervisor);
  return false;
}

base::Result<Flags> read_flags(const std::vector<std::string_view>& arguments) {
  Flags flags;
  bool good = arguments.size() % 2 == 0;
  for (std::size_t i = 0; i + 1 < arguments.size(); i += 2)
    good = good && read_flag(arguments[i], arguments[i + 1], flags);
  if (!good || flags.edge < 0 || flags.vault < 0 || flags.supervisor < 0 || flags.settings.state.empty() ||
      flags.settings.manifests.empty()) {
    return base::Error{base::Code::invalid_request, "x1-api is started by `x1 up`, not by hand.",
                       "--state DIR --manifests DIR --edge FD --vault FD --supervisor FD [--bus HOST:PORT]"};
  }
  return flags;
}

base::Status run(const std::vector<std::string_view>& arguments) {
  X1_TRY(flags, read_flags(arguments));
  const std::vector<int> keep{0, 1, 2, flags.edge, flags.vault, flags.supervisor};
  X1_TRY(sealed, seal::seal_process(keep));
  const os::SystemClock clock;
  X1_TRY(parts, api::Daemon::load(flags.settings, clock));
  X1_TRY(filtered, seal::apply(seal::Profile::api));
  boost::asio::io_context context(1);
  api::Daemon daemon(context, clock, flags.settings, std::move(parts), os::Fd(flags.edge), os::Fd(flags.vault),
                     os::Fd(flags.supervisor));
  X1_TRY(started, daemon.start());
  context.run();
  return daemon.why_stopped();
}

}  // namespace

int main(int count, char** values) {
#pragma clang unsafe_buffer_usage begin  // argv is a C array; this is where it ends
  const std::vector<std::string_view> arguments(values + (count > 0 ? 1 : 0), values + count);
#pragma clang unsafe_buffer_usage end
  const auto ended = run(arguments);
  if (ended.ok()) return 0;
  std::fprintf(stderr, "x1-api: %s\n", describe(ended.error()).c_str());
  return 1;
}
