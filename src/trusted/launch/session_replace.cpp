// Session: what its broker asks for, and is told: another agent for another person (what the one before left anywhere
// but in /workspace goes with its box), and other keys of the API.
#include <boost/asio/co_spawn.hpp>

#include "launch/blame.hpp"
#include "launch/session.hpp"
#include "os/socket.hpp"
#include "seam/box.hpp"

namespace x1::launch {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using base::Code;
using base::Error;

// The descriptor is the broker's end.
base::Result<os::Fd> Session::listen_to_broker() {
  X1_TRY(ends, os::socket_pair());
  to_broker_ = os::Fd(::dup(ends.first.get()));
  if (!to_broker_) return Error{Code::unavailable, "No descriptor is left for the broker's seam.", ""};
  from_broker_ = std::make_unique<net::SeamChannel>(context_, std::move(ends.first));
  // When the broker goes, its end is what we hear of.
  from_broker_->start([this](std::string_view frame) { broker_said(frame); }, [](const Error&) {});
  return std::move(ends.second);
}

base::Status Session::try_to_tell_broker(const seam::box::ToBroker& message, int fd) {
  return os::send_with_fd(to_broker_.get(), seam::encode_frame(message), fd);
}

// One that can't be told anything any more is as good as dead, whether that was heard already or not.
void Session::tell_broker(const seam::box::ToBroker& message, int fd) {
  if (resuming_ || try_to_tell_broker(message, fd).ok()) return;
  sidecar_died("x1-sidecar", status_of_killed);
}

void Session::broker_said(std::string_view frame) {
  const auto message = seam::decode_frame<seam::box::FromBroker>(frame);
  if (!message.ok()) return journal_.warn("broker.protocol", {{"session", facts_.id}});
  if (const auto* taken = std::get_if<seam::box::KeysTaken>(&*message)) {
    return callbacks_.on_keys(taken->number, taken->code);
  }
  broker_asks(std::get<seam::box::ReplaceAgent>(*message));
}

base::Status Session::tell_keys(const seam::box::UseKeys& keys) { return try_to_tell_broker(keys); }

void Session::broker_asks(const seam::box::ReplaceAgent& message) {
  if (replacement_) return journal_.warn("broker.protocol", {{"session", facts_.id}});
  // The broker that follows asks again, if it still wants another.
  if (resuming_) return;
  replacement_ = std::make_shared<Latch>(context_, "the agent's replacement");
  // stop() waits for it, so this outlives no member.
  asio::co_spawn(context_, replace(message.turn), [this](std::exception_ptr failed) {
    std::exchange(replacement_, nullptr)->set(std::string());
    if (failed) broken("the agent's replacement", 255);
  });
}

asio::awaitable<void> Session::replace(std::uint64_t turn) {
  const auto gate = co_await new_agent();
  if (stopping_) co_return;
  if (resuming_) co_return co_await end_agent();
  if (!gate.ok()) {
    agent_.reset();
    journal_.error("agent.not_replaced", gate.error());
    tell_broker(seam::box::ReplaceFailed{turn, gate.error().code, gate.error().message});
    co_return;
  }
  tell_broker(seam::box::AgentReplaced{turn}, gate->get());
  if (!agent_->alive()) tell_broker(seam::box::AgentEnded{});
  journal_.info("agent.replaced", {{"session", facts_.id}, {"turn", turn}});
}

// In this order: nothing of the old box may run any more when the new one is begun, for both have the same id and the
// same workspace.
asio::awaitable<base::Result<os::Fd>> Session::new_agent() {
  if (runs_once(facts_)) {
    co_return Error{Code::conflict, "The session's command runs once, for one person.",
                    "start a session for the other"};
  }
  if (!agent_ || !door_.gate) co_return Error{Code::unavailable, "There is no agent to replace.", ""};
  agent_->kill();
  door_.gate->kill();
  auto log = LogFile::open(layout_.log("gate"), max_agent_log_bytes);
  if (!log.ok()) co_return std::move(log).error();
  auto door = Door::begin(context_, at_, filters_, facts_.place, std::move(*log),
                          [this](int status) { sidecar_died("x1-gate", status); });
  if (!door.ok()) co_return std::move(door).error();
  co_await agent_->end(0ms);
  co_await door_.gate->end(0ms);
  auto done = old_box_is_gone();
  if (!done.ok()) co_return std::move(done).error();
  auto gate_end = std::move(door->gate_end);
  door_ = std::move(*door);
  done = begin_agent();
  if (!done.ok()) co_return std::move(done).error();
  done = co_await all_run();
  if (done.ok()) done = wanted();
  if (!done.ok()) co_return std::move(done).error();
  co_return gate_end;
}

void Session::agent_ended(int status) {
  if (runs_once(facts_)) return callbacks_.on_agent_exit(static_cast<std::uint32_t>(status));
  journal_.warn("agent.ended", {{"session", facts_.id}, {"status", static_cast<std::uint64_t>(status)}});
  // A broker that begins later, or has asked for this one, hears of it then.
  if (has_broker() && !replacement_) tell_broker(seam::box::AgentEnded{});
}

// A part of the sidecar was lost meanwhile. With the next one another agent begins, which has worked for nobody.
asio::awaitable<void> Session::end_agent() {
  if (agent_) co_await agent_->end(0ms);
  if (agent_ && agent_->alive()) co_return end_for("the agent's box could not be ended");
  agent_.reset();
  journal_.warn("agent.not_replaced", {{"session", facts_.id}, {"why", "A part of the sidecar ended meanwhile."}});
}

// A box's first process has ended only when the kernel has ended and reaped all others of its pid namespace.
base::Status Session::old_box_is_gone() const {
  if (stopping_ || !agent_ || !door_.gate) return Error{Code::unavailable, "The session ends.", ""};
  if (!agent_->alive() && !door_.gate->alive()) return base::Done{};
  return Error{Code::timed_out, "The agent's box could not be ended.", ""};
}

}  // namespace x1::launch
