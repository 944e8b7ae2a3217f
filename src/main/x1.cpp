// x1: the command that people use. Wiring only.
#include <csignal>
#include <exception>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include "cli/commands.hpp"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const std::span given(argv, static_cast<std::size_t>(argc));
    return x1::cli::main_with(std::vector<std::string>(given.begin() + 1, given.end()), std::cout, std::cerr);
  } catch (const std::exception& failure) {
    std::cerr << "x1: this should not happen: " << failure.what() << " [internal]\n";
  }
  return 1;
}
