// The adapter: runs a plain command once for each turn. It follows the turns at the gate, gives the command the
// person's message, reports what the command writes as the agent's words, and says when it is done. A gate that goes is
// followed by another, which tells it the same turn again: the command goes on, and is not begun a second time.
// Untrusted, as the agent is.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "adapter/command.hpp"
#include "adapter/event_stream.hpp"
#include "adapter/gate_client.hpp"
#include "base/result.hpp"
#include "os/fd.hpp"
#include "wire/value.hpp"

namespace x1::adapter {

class Adapter {
 public:
  Adapter(GateClient gate, std::vector<std::string> command) : gate_(std::move(gate)), words_(std::move(command)) {}

  // Works until no gate can be had any more.
  [[nodiscard]] base::Status run();

 private:
  [[nodiscard]] base::Status follow();
  [[nodiscard]] base::Status step();
  [[nodiscard]] base::Status read_events();
  [[nodiscard]] base::Status obey(const wire::ServerSentEvent& event);
  void begin(std::uint64_t turn, std::string message);
  void report_output();
  void output(std::string text);
  void report_end();
  void done(std::string outcome);
  void say_again();
  // Whether a gate took it, or refused it for good.
  bool say(const std::string& what, const wire::Value& body);

  GateClient gate_;
  std::vector<std::string> words_;
  os::Fd events_;
  os::Fd children_;  // tells when a child has ended
  EventStream stream_;
  std::optional<Command> command_;
  std::uint64_t turn_ = 0;
  // Of this turn, and not taken by a gate that was there.
  static constexpr std::size_t most_unsaid = 64;
  std::deque<std::string> unsaid_;
  std::string outcome_;  // empty while the command runs
};

}  // namespace x1::adapter
