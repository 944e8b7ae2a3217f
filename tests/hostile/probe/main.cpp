// x1-probe: runs inside a box as the agent would, tries to get out in every way known to us, and prints one JSON line a
// try. Exit 0: all refused. 1: something got through. 3: it could not prove that it may try, and tried nothing.
#include <iostream>
#include <string>
#include <vector>

#include "attempt.hpp"

namespace {

using x1::probe::Attempt;
using x1::probe::Targets;

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
  }
  return out + "\"";
}

bool take(Targets& targets, const std::string& flag, const std::string& value) {
  if (flag == "--loopback-port") return targets.loopback_ports.push_back(std::stoi(value)), true;
  if (flag == "--abstract") return targets.abstract_sockets.push_back(value), true;
  if (flag == "--canary") return targets.canaries.push_back(value), true;
  if (flag == "--variable") return targets.variables.push_back(value), true;
  return false;
}

}  // namespace

int main(int argc, char** argv) {
#pragma clang unsafe_buffer_usage begin  // the kernel's argument vector
  const std::vector<std::string> words(argv, argv + argc);
#pragma clang unsafe_buffer_usage end
  Targets targets;
  for (std::size_t at = 1; at + 1 < words.size(); at += 2) {
    if (!take(targets, words[at], words[at + 1])) {
      std::cerr << "x1-probe: unknown flag " << words[at] << '\n';
      return 2;
    }
  }
  if (!x1::probe::alone_with_loopback()) {
    std::cerr << "x1-probe: refusing to probe: not proven to be in a network namespace with nothing but lo\n";
    return 3;
  }
  std::vector<Attempt> attempts;
  x1::probe::add_network(attempts, targets);
  x1::probe::add_kernel(attempts);
  x1::probe::add_files(attempts, targets);
  x1::probe::add_surroundings(attempts, targets);
  bool all_refused = true;
  for (const auto& attempt : attempts) {
    const auto outcome = x1::probe::run(attempt);
    all_refused = all_refused && outcome.refused;
    std::cout << "{\"name\":" << quoted(attempt.name) << ",\"invariant\":" << quoted(attempt.invariant)
              << ",\"outcome\":" << (outcome.refused ? "\"refused\"" : "\"got_through\"")
              << ",\"detail\":" << quoted(outcome.detail) << "}" << std::endl;
  }
  return all_refused ? 0 : 1;
}
