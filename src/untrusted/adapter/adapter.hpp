// The adapter: runs a plain command once for each turn. It follows the turns at the gate, gives the command the
// person's message, reports what the command writes as the agent's words, and says when it is done. Untrusted, as the
// agent is.
#pragma once

#include <cstdint>
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

  // Works until the gate is gone, which is an error like any other.
  [[nodiscard]] base::Status run();

 private:
  [[nodiscard]] base::Status step();
  [[nodiscard]] base::Status read_events();
  [[nodiscard]] base::Status obey(const wire::ServerSentEvent& event);
  void begin(std::uint64_t turn, std::string message);
  void report_output();
  void report_end();
  void say(const std::string& what, const wire::Value& body);

  GateClient gate_;
  std::vector<std::string> words_;
  os::Fd events_;
  os::Fd children_;  // tells when a child has ended
  EventStream stream_;
  std::optional<Command> command_;
  std::uint64_t turn_ = 0;
};

}  // namespace x1::adapter
