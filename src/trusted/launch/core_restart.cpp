// How the core ends, and how it comes back after a crash.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "launch/core.hpp"

namespace x1::launch {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto end_patience = 2s;

std::string exit_text(int status) {
  return status > 128 ? "signal " + std::to_string(status - 128) : "status " + std::to_string(status);
}

}  // namespace

void Core::group_member_died(const std::string& name, int status) {
  if (!stopping_) journal_.warn("component.died", {{"name", name}, {"how", exit_text(status)}});
  if (starting_group_) {
    return group_ready_->set(base::Error{base::Code::unavailable,
                                         name + " ended while it started (" + exit_text(status) + ").",
                                         "look into log/" + name + ".log of the state folder"});
  }
  if (!stopping_) recover(group_restarts_, &Core::restart_group);
}

void Core::bus_died(int status) {
  if (!stopping_) journal_.warn("component.died", {{"name", "nats-server"}, {"how", exit_text(status)}});
  if (!bus_ready_->is_set()) {
    return bus_ready_->set(base::Error{base::Code::unavailable, "nats-server ended before it was ready.",
                                       "look into log/nats-server.log of the state folder"});
  }
  if (!stopping_) recover(bus_restarts_, &Core::restart_bus);
}

void Core::recover(RestartBound& bound, Restart restart) {
  if (!bound.allow(std::chrono::steady_clock::now())) {
    return callbacks_.on_given_up(base::Error{base::Code::unavailable,
                                              "A component crashed more than five times in a minute.",
                                              "look into the log folder of the state"});
  }
  if (restart == &Core::restart_group) starting_group_ = true;
  ++restarts_running_;
  // stop() waits for it, so this outlives no member.
  asio::co_spawn(context_, run(restart), [this](std::exception_ptr failure) {
    if (failure && !stopping_) callbacks_.on_given_up(base::Error{base::Code::internal, "A restart failed.", ""});
    if (--restarts_running_ == 0 && restarts_over_) restarts_over_->set(std::string());
  });
}

asio::awaitable<void> Core::run(Restart restart) {
  const auto outcome = co_await (this->*restart)();
  if (!outcome.ok() && !stopping_) callbacks_.on_given_up(outcome.error());
}

asio::awaitable<base::Status> Core::restart_bus() {
  nats_.reset();
  co_return co_await start_bus();
}

asio::awaitable<base::Status> Core::restart_group() {
  callbacks_.on_vault_lost();
  co_await end_group(end_patience);
  co_return co_await start_group();
}

asio::awaitable<void> Core::end_group(std::chrono::milliseconds patience) {
  for (const auto* child : {&edge_, &api_, &vault_, &dialer_, &resolver_}) {
    if (*child) (*child)->expect_exit();
  }
  // Nothing of the edge, the dialer and the resolver is worth waiting for. API and vault end when their seams do: each
  // is the first process of its box, which a signal without a handler does not reach.
  if (edge_) co_await edge_->end(0ms);
  api_seam_.reset();
  if (api_) co_await api_->end(patience);
  from_vault_.reset();
  vault_control_ = os::Fd();
  if (vault_) co_await vault_->end(patience);
  if (dialer_) co_await dialer_->end(0ms);
  if (resolver_) co_await resolver_->end(0ms);
  for (auto* child : {&edge_, &api_, &vault_, &dialer_, &resolver_})
    child->reset();
}

void Core::give_up() {
  stopping_ = true;
  const base::Error ending{base::Code::unavailable, "The platform is ending.", ""};
  if (bus_ready_) bus_ready_->set(ending);
  if (group_ready_) group_ready_->set(ending);
  if (dialer_ready_) dialer_ready_->give_up(ending);
  if (vault_ready_) vault_ready_->give_up(ending);
}

asio::awaitable<void> Core::stop() {
  give_up();
  if (restarts_running_ > 0) {
    restarts_over_ = std::make_unique<Latch>(context_, "the end of a restart");
    static_cast<void>(co_await restarts_over_->wait(30s));
  }
  co_await end_group(end_patience);
  if (nats_) co_await nats_->end(0ms);
  nats_.reset();
}

}  // namespace x1::launch
