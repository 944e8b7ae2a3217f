// x1-edge: the HTTP server in front of the API. Wiring only; see src/exposed/edge/README.md.
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "edge/server.hpp"
#include "seal/process.hpp"
#include "seal/seccomp.hpp"

namespace {

using namespace x1;

struct Flags {
  int api = -1;
  int tcp = -1;
  int local = -1;
};

base::Result<Flags> read_flags(const std::vector<std::string_view>& arguments) {
  Flags flags;
  for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) {
    const auto name = arguments[i];
    const auto value = arguments[i + 1];
    int* where = name == "--api"           ? &flags.api
                 : name == "--listen-tcp"  ? &flags.tcp
                 : name == "--listen-unix" ? &flags.local
                                           : nullptr;
    const auto* end = std::to_address(value.end());
    if (where == nullptr || std::from_chars(std::to_address(value.begin()), end, *where).ptr != end) {
      return base::Error{base::Code::invalid_request, "Unknown or malformed option: " + std::string(name) + ".", ""};
    }
  }
  if (flags.api < 0 || flags.tcp < 0 || flags.local < 0 || arguments.size() % 2 != 0) {
    return base::Error{base::Code::invalid_request, "x1-edge is started by `x1 up`, not by hand.",
                       "--api FD --listen-tcp FD --listen-unix FD, and X1_OWN_NAME"};
  }
  return flags;
}

// Not an argument: those are there for everybody on the machine to read.
std::string own_name() {
  const auto* name = std::getenv("X1_OWN_NAME");
  return name == nullptr ? std::string() : name;
}

base::Status run(const std::vector<std::string_view>& arguments) {
  X1_TRY(flags, read_flags(arguments));
  const std::vector<int> keep{0, 1, 2, flags.api, flags.tcp, flags.local};
  X1_TRY(port, edge::port_of(flags.tcp));
  X1_TRY(sealed, seal::seal_process(keep));
  boost::asio::io_context context(1);
  edge::Server server(context, os::Fd(flags.api), os::Fd(flags.tcp), os::Fd(flags.local),
                      edge::Site{.port = port, .own_name = own_name()}, edge::Deadlines{}, edge::ServerLimits{});
  // Asio has made its own descriptors by now; nothing that comes from outside has been read.
  X1_TRY(filtered, seal::apply(seal::Profile::edge));
  server.start();
  context.run();
  return server.why_stopped();
}

}  // namespace

int main(int count, char** values) {
#pragma clang unsafe_buffer_usage begin  // argv is a C array; this is where it ends
  const std::vector<std::string_view> arguments(values + (count > 0 ? 1 : 0), values + count);
#pragma clang unsafe_buffer_usage end
  const auto ended = run(arguments);
  if (ended.ok()) return 0;
  std::fprintf(stderr, "x1-edge: %s\n", describe(ended.error()).c_str());
  return 1;
}
