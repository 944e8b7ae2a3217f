// One thing that the attacker inside a box tries. Each runs in a process of its own, with a deadline, so that a try
// that is killed or hangs ends nothing but itself.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace x1::probe {

// What the command line says about the surroundings: things that exist outside and must not be reached.
struct Targets {
  std::vector<int> loopback_ports;
  std::vector<std::string> abstract_sockets;
  std::vector<std::string> canaries;   // paths of files outside
  std::vector<std::string> variables;  // the exact names of the environment; empty: not checked
};

struct Outcome {
  bool refused = true;
  std::string detail;
};
inline Outcome refused(std::string detail) { return {true, std::move(detail)}; }
inline Outcome got_through(std::string detail) { return {false, std::move(detail)}; }
// errno of a call that returned `result`: below zero is refused, as it should be.
[[nodiscard]] Outcome by_result(long result);

struct Attempt {
  std::string name;
  std::string invariant;
  std::function<Outcome()> act;
};

// In a child, at most three seconds.
[[nodiscard]] Outcome run(const Attempt& attempt);

void add_network(std::vector<Attempt>& attempts, const Targets& targets);
void add_kernel(std::vector<Attempt>& attempts);
void add_files(std::vector<Attempt>& attempts, const Targets& targets);
void add_surroundings(std::vector<Attempt>& attempts, const Targets& targets);

// Whether this process is in a network namespace with no interface but `lo`. False also when it can't be proven.
[[nodiscard]] bool alone_with_loopback();

// At most 64 KiB of a file; empty when it can't be read.
[[nodiscard]] std::string text_of(const std::string& path);

}  // namespace x1::probe
