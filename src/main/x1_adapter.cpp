// x1-adapter COMMAND…: runs the command once for each turn, inside the agent's box.
#include <cstdlib>
#include <exception>
#include <iostream>
#include <span>

#include "adapter/adapter.hpp"

using namespace x1;

namespace {

base::Status serve(std::vector<std::string> command) {
  const char* const url = std::getenv("X1_URL");
  if (url == nullptr || command.empty()) {
    return base::Error{base::Code::invalid_request, "x1-adapter needs X1_URL and a command.", "x1-adapter COMMAND…"};
  }
  X1_TRY(gate, adapter::GateClient::at(url));
  return adapter::Adapter(std::move(gate), std::move(command)).run();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::span all(argv, static_cast<std::size_t>(argc));
    const auto served = serve({all.begin() + 1, all.end()});
    if (!served.ok()) std::cerr << "x1-adapter: " << base::describe(served.error()) << '\n';
  } catch (const std::exception& error) {
    std::cerr << "x1-adapter: " << error.what() << '\n';
  }
  return 1;
}
