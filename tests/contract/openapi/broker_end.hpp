// A broker as the API sees it: a user of the bus with a boot key, which asks for turns, reports events and rows, and
// takes consents. What it signs is made by the same code as the real one's.
#pragma once

#include <string>
#include <vector>

#include "audit/row.hpp"
#include "contract/openapi/world.hpp"
#include "policy/challenge.hpp"

namespace x1::contract {

class BrokerEnd {
 public:
  BrokerEnd(const World& world, std::string session, const crypto::SigningKey& key);

  // Asks, and waits for the answer.
  [[nodiscard]] std::string ask(std::string_view what, const std::string& payload);
  // Asks, and does not wait: the answer comes from `next_answer`.
  void ask_later(std::string_view what, const std::string& payload);
  [[nodiscard]] std::string next_answer();
  // The next message from the API, to be acknowledged with `acknowledge`.
  [[nodiscard]] wire::nats::Message next_control();
  void acknowledge(const wire::nats::Message& control, std::string_view with = "ok");

  // A signed event with the next number.
  [[nodiscard]] std::string event(std::string_view type, std::string_view actor, std::uint64_t turn,
                                  wire::Value::Object payload);
  [[nodiscard]] std::string report(std::string_view type, std::string_view actor, std::uint64_t turn,
                                   wire::Value::Object payload) {
    return ask("event", event(type, actor, turn, std::move(payload)));
  }
  [[nodiscard]] std::string row(std::string_view kind);
  [[nodiscard]] const audit::Chain& chain() const { return chain_; }

 private:
  void send(const std::string& bytes);
  [[nodiscard]] wire::nats::Message next(std::string_view subject_prefix);
  BusClient bus_;
  std::string session_;
  const crypto::SigningKey& key_;
  audit::Chain chain_;
  std::vector<wire::nats::Message> held_;
  std::uint64_t seq_ = 0;
  std::uint64_t asked_ = 0;
};

// A question that fits the session, as a broker would ask it.
[[nodiscard]] policy::Challenge challenge(const std::string& id, const std::string& session, const std::string& actor,
                                          std::uint64_t turn, const std::string& connection,
                                          base::Duration life = std::chrono::minutes(5));
[[nodiscard]] wire::Value::Object asked(const policy::Challenge& challenge);

}  // namespace x1::contract
