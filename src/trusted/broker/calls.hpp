// Calls: the calls that are under way. It obeys their state machines: asks providers over the bus, gate for the
// meaning of what they answer, the egress for requests; keeps their deadlines; and answers the agent through gate.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>

#include "broker/call.hpp"
#include "broker/core.hpp"
#include "broker/egress.hpp"
#include "broker/gate_link.hpp"
#include "seam/gate.hpp"

namespace x1::broker {

inline constexpr std::size_t max_calls = 64;

class Calls {
 public:
  // All must outlive it.
  Calls(Core& core, Egress& egress, GateLink& gate);

  // A call of a provider's tool, or a request for permission for one. Refuses (too_many) above 64.
  [[nodiscard]] base::Status begin(std::uint64_t number, ToolCall what);
  // The agent hung up.
  void gone(std::uint64_t number);
  void understood(std::uint64_t parse, Meaning meaning);
  // Whom to tell of each question that a call puts to the person.
  using OnAsked = std::function<void(const policy::Challenge& question, const ProviderTool& tool)>;
  void on_asked(OnAsked then) { on_asked_ = std::move(then); }
  // The agent has heard the final answer about this request by a ticket: asking again asks anew.
  void heard(const crypto::Digest& digest) { untold_.forget(digest); }
  // The provider of this domain was started again: what the one before was asked, and has not answered, is asked anew.
  void provider_again(std::string_view domain);
  // Ends the calls that run under a grant which is taken back, also one that was spent for them.
  void cut(const policy::RevokeGrants& what);
  // Something was granted, denied or revoked.
  void ledger_changed();
  // Ends all calls that are under way.
  void stop_all(const base::Error& why);
  [[nodiscard]] std::size_t under_way() const noexcept { return open_.size(); }

 private:
  struct Open {
    std::unique_ptr<Call> call;
    boost::asio::steady_timer deadline;
    boost::asio::steady_timer again;  // when a provider is asked that was not there
    AskProvider asking = {};          // what a provider has not answered yet; else without a domain
    std::uint64_t asked = 0;          // how often: only the last time is to be answered
    std::chrono::steady_clock::time_point reach_until = {};
    bool agent_waits = true;
  };
  void feed(std::uint64_t number, CallEvent event);
  void feed_all(const CallEvent& event);
  void obey(std::uint64_t number, Open& open, CallAction& action);
  // A provider may still be on its way to the bus, at the session's start or after a restart of the bus: it is asked
  // again for some seconds.
  void ask_provider(std::uint64_t number, Open& open);
  void provider_answered(std::uint64_t number, std::uint64_t asked, base::Result<std::string> answer);
  void understand(std::uint64_t number, Understand& what);
  void record(std::uint64_t number, Record& what);
  void await_entries(std::uint64_t number);
  void send(std::uint64_t number, const Open& open, Send& what);
  void tell_usage(const Call& call);
  void set_deadline(std::uint64_t number, Open& open, base::Duration in);
  void reply(std::uint64_t number, const Open& open, seam::gate::ToGate message);

  Core& core_;
  Egress& egress_;
  GateLink& gate_;
  OnAsked on_asked_;
  Untold untold_;
  Plans plans_;
  Parts parts_;
  std::size_t durable_entries_ = 0;
  CallWorld world_;
  std::map<std::uint64_t, Open> open_;              // by gate's number
  std::map<std::uint64_t, std::uint64_t> parsing_;  // parse number → gate's number
  std::uint64_t last_parse_ = 0;
};

}  // namespace x1::broker
