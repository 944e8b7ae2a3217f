#include "broker/calls.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "broker/subjects.hpp"

namespace x1::broker {
namespace {

// A provider's answer must fit through the seam to gate.
constexpr std::size_t max_provider_answer = 4 << 20;
// A call's own deadline comes first; this one only makes sure that nothing waits for ever.
constexpr base::Duration bus_limit = run_limit + std::chrono::seconds(5);
// A provider comes back to a bus that was started again within a second or two. Less than a plan's limit, so that the
// agent hears what is the matter.
constexpr base::Duration reach_limit = std::chrono::seconds(8);
constexpr base::Duration reach_pause = std::chrono::milliseconds(50);

base::Error from_provider_too_large() {
  return base::Error{base::Code::provider_error, "The provider's answer is too large.", "Ask for less."};
}

}  // namespace

Calls::Calls(Core& core, Egress& egress, GateLink& gate)
    : core_(core),
      egress_(egress),
      gate_(gate),
      world_{core.memory.ledger, core.key, core.clock, core.random, untold_, plans_, parts_, durable_entries_} {}

base::Status Calls::begin(std::uint64_t number, ToolCall what) {
  if (open_.size() >= max_calls) {
    return base::Error{base::Code::too_many, "64 calls are under way.", "Wait for one of them to end."};
  }
  Open open{std::make_unique<Call>(world_, std::move(what)), boost::asio::steady_timer(core_.context),
            boost::asio::steady_timer(core_.context)};
  if (!open_.emplace(number, std::move(open)).second) {
    return base::Error{base::Code::conflict, "The call is under way already.", ""};
  }
  feed(number, Begin{});
  return base::Done{};
}

void Calls::feed(std::uint64_t number, CallEvent event) {
  const auto found = open_.find(number);
  if (found == open_.end()) return;
  auto actions = found->second.call->resume(std::move(event));
  for (auto& action : actions)
    obey(number, found->second, action);
  if (!found->second.call->finished()) return;
  tell_usage(*found->second.call);
  open_.erase(found);
  // What gate still reads for it is of no use: an answer that never comes must not be remembered for ever.
  std::erase_if(parsing_, [number](const auto& each) { return each.second == number; });
}

void Calls::obey(std::uint64_t number, Open& open, CallAction& action) {
  const Turn* turn = open.call->what().turn.get();
  if (auto* ask = std::get_if<AskProvider>(&action)) {
    open.asking = std::move(*ask);
    open.reach_until = std::chrono::steady_clock::now() + reach_limit;
    return ask_provider(number, open);
  }
  if (auto* bytes = std::get_if<Understand>(&action)) return understand(number, *bytes);
  if (auto* row = std::get_if<Record>(&action)) return record(number, *row);
  if (std::holds_alternative<AwaitEntries>(action)) return await_entries(number);
  if (auto* wanted = std::get_if<Send>(&action)) return send(number, open, *wanted);
  if (std::holds_alternative<CancelSends>(action)) return egress_.cancel(number);
  if (auto* news = std::get_if<Announce>(&action)) {
    const auto told = core_.announce(std::move(news->event), turn);
    if (!told.ok()) core_.log.error("event.refused", told.error());
    return;
  }
  if (const auto* question = std::get_if<AskPeople>(&action)) {
    const auto& tool = open.call->what().tool;
    core_.ask_people(question->challenge, tool, turn);
    if (on_asked_) on_asked_(question->challenge, tool);
    return;
  }
  if (const auto* limit = std::get_if<SetDeadline>(&action)) return set_deadline(number, open, limit->in);
  if (auto* result = std::get_if<Reply>(&action)) {
    return reply(number, open, seam::gate::CallResult{number, std::move(result->result)});
  }
  auto& error = std::get<ReplyError>(action);
  reply(
      number, open,
      seam::gate::CallError{number, error.error.code, error.error.message, error.error.next, std::move(error.detail)});
}

void Calls::ask_provider(std::uint64_t number, Open& open) {
  core_.bus.request(subject::provider_call(core_.session, open.asking.domain), open.asking.payload, bus_limit,
                    [this, number, asked = ++open.asked](base::Result<std::string> answer) {
                      provider_answered(number, asked, std::move(answer));
                    });
}

// Asking twice does no harm: a provider has no effect but its answer, and what that wants is sent from here.
void Calls::provider_answered(std::uint64_t number, std::uint64_t asked, base::Result<std::string> answer) {
  const auto found = open_.find(number);
  if (found == open_.end() || found->second.asked != asked) return;
  auto& open = found->second;
  const bool away = !answer.ok() && answer.error().code == base::Code::unavailable;
  if (!away || std::chrono::steady_clock::now() >= open.reach_until) {
    open.asking = {};
    return feed(number, ProviderAnswered{std::move(answer)});
  }
  open.again.expires_after(reach_pause);
  open.again.async_wait([this, number](boost::system::error_code cancelled) {
    if (cancelled) return;
    if (const auto still = open_.find(number); still != open_.end()) ask_provider(number, still->second);
  });
}

void Calls::provider_again(std::string_view domain) {
  for (auto& [number, open] : open_) {
    if (open.asking.domain != domain) continue;
    open.again.cancel();
    open.reach_until = std::chrono::steady_clock::now() + reach_limit;
    ask_provider(number, open);
  }
}

// The bytes go to gate as they came: nothing of a provider is parsed here.
void Calls::understand(std::uint64_t number, Understand& what) {
  if (what.bytes.size() > max_provider_answer) {
    boost::asio::post(core_.context, [this, number] { feed(number, Stopped{from_provider_too_large()}); });
    return;
  }
  parsing_.emplace(++last_parse_, number);
  const auto sent =
      gate_.send_message<seam::gate::ToGate>(seam::gate::ParseProvider{last_parse_, std::move(what.bytes)});
  if (sent.ok()) return;
  core_.log.error("gate.refused", sent.error());
  parsing_.erase(last_parse_);
  boost::asio::post(core_.context, [this, number, why = sent.error()] { feed(number, Stopped{why}); });
}

void Calls::understood(std::uint64_t parse, Meaning meaning) {
  auto node = parsing_.extract(parse);
  if (!node.empty()) feed(node.mapped(), ProviderUnderstood{std::move(meaning)});
}

void Calls::record(std::uint64_t number, Record& what) {
  Commit::OnRecorded then;
  if (what.tell) {
    then = [this, number](base::Result<Recorded> row) {
      feed(number, row.ok() ? CallEvent(AskedDurably{}) : CallEvent(Stopped{row.error()}));
    };
  }
  core_.record(std::move(what.entry), what.fact, std::move(then));
}

void Calls::await_entries(std::uint64_t number) {
  const auto entries = core_.memory.ledger.entered().size();
  core_.commit.after_all([this, number, entries](base::Result<Recorded> row) {
    if (row.ok()) durable_entries_ = std::max(durable_entries_, entries);
    feed(number, row.ok() ? CallEvent(EnteredDurably{}) : CallEvent(Stopped{row.error()}));
  });
}

void Calls::send(std::uint64_t number, const Open& open, Send& what) {
  const auto index = what.index;
  egress_.send({number, index}, std::move(what.permit), open.call->what().turn,
               [this, number, index](DialerLink::Outcome outcome, bool sent) {
                 feed(number, RequestAnswered{index, std::move(outcome), sent});
               });
}

// People see what is left of what they allowed; the rows have every step of it.
void Calls::tell_usage(const Call& call) {
  for (const auto& id : call.counted()) {
    const auto& used = core_.memory.ledger.grant(id)->used;
    const auto told = core_.announce(NewEvent{"grant.used",
                                              {{"grant", id.text()},
                                               {"calls", static_cast<std::int64_t>(used.calls)},
                                               {"bytes", static_cast<std::int64_t>(used.bytes)}}},
                                     call.what().turn.get());
    if (!told.ok()) core_.log.error("event.refused", told.error());
  }
}

void Calls::set_deadline(std::uint64_t number, Open& open, base::Duration in) {
  open.deadline.expires_after(in);
  open.deadline.async_wait([this, number](boost::system::error_code cancelled) {
    if (!cancelled) feed(number, DeadlinePassed{});
  });
}

void Calls::reply(std::uint64_t number, const Open& open, seam::gate::ToGate message) {
  if (!open.agent_waits) return;
  const auto sent = gate_.send(seam::encode_frame(message));
  if (!sent.ok()) core_.log.warn("call.unanswered", {{"call", number}, {"why", sent.error().message}});
}

void Calls::gone(std::uint64_t number) {
  const auto found = open_.find(number);
  if (found == open_.end()) return;
  found->second.agent_waits = false;
  feed(number, Stopped{base::Error{base::Code::timed_out, "The agent hung up.", ""}});
}

void Calls::feed_all(const CallEvent& event) {
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, open] : open_)
    numbers.push_back(number);
  for (const auto number : numbers)
    feed(number, event);
}

void Calls::cut(const policy::RevokeGrants& what) { feed_all(TakenBack{what}); }

void Calls::ledger_changed() { feed_all(LedgerChanged{}); }

void Calls::stop_all(const base::Error& why) {
  while (!open_.empty())
    feed(open_.begin()->first, Stopped{why});
}

}  // namespace x1::broker
