// How the core ends, and how it comes back after a crash.
#include <boost/asio/co_spawn.hpp>

#include "launch/core.hpp"

namespace x1::launch {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto end_patience = 2s;

}  // namespace

void Core::bus_died(const base::Error& how) {
  if (bus_down_) return bus_ready_->set(how);
  bus_down_ = true;
  if (!stopping_) spawn(recover_bus());
}

void Core::vault_died(const base::Error& how) {
  if (vault_down_) {
    if (dialer_ready_) dialer_ready_->give_up(how);
    if (vault_ready_) vault_ready_->give_up(how);
    return;
  }
  vault_down_ = true;
  // At the first start the one who waits for the API fails with it.
  if (!serving_ && !recovering_) return front_ready_->set(how);
  recover();
}

void Core::front_died(const base::Error& how) {
  if (front_down_) return front_ready_->set(how);
  front_down_ = true;
  serving_ = false;
  recover();
}

void Core::recover() {
  if (stopping_ || std::exchange(recovering_, true)) return;
  spawn(recover_others());
}

bool Core::within(RestartBound& bound) {
  if (bound.allow(std::chrono::steady_clock::now())) return true;
  callbacks_.on_given_up(base::Error{base::Code::unavailable, "A component crashed more than five times in a minute.",
                                     "look into the log folder of the state"});
  return false;
}

void Core::spawn(asio::awaitable<void> recovery) {
  ++recoveries_;
  // stop() waits for it, so this outlives no member.
  asio::co_spawn(context_, std::move(recovery), [this](std::exception_ptr failure) {
    if (failure && !stopping_) callbacks_.on_given_up(base::Error{base::Code::internal, "A restart failed.", ""});
    if (--recoveries_ == 0 && restarts_over_) restarts_over_->set(std::string());
  });
}

// A start that fails is one more crash, and tried again within the bound.
asio::awaitable<void> Core::recover_bus() {
  while (bus_down_ && !stopping_ && within(bus_restarts_)) {
    nats_.reset();
    const auto started = co_await start_bus();
    if (!started.ok() && !stopping_) journal_.error("bus.not_started", started.error());
  }
}

asio::awaitable<void> Core::recover_others() {
  while ((vault_down_ || front_down_) && !stopping_ && within(vault_down_ ? vault_restarts_ : front_restarts_)) {
    const auto started = co_await start_again();
    if (!started.ok() && !stopping_) journal_.error("core.not_started", started.error());
  }
  recovering_ = false;
}

asio::awaitable<base::Status> Core::start_again() {
  front_down_ = true;
  serving_ = false;
  callbacks_.on_api_lost();
  co_await end_front();
  if (vault_down_) {
    co_await end_vault();
    callbacks_.on_vault_gone();
    auto vault = co_await start_vault();
    if (!vault.ok()) co_return vault;
    callbacks_.on_vault_again();
  }
  co_return co_await start_front();
}

// Nothing of the edge, the dialer and the resolver is worth waiting for. API and vault end when their seams do: each is
// the first process of its box, which a signal without a handler does not reach.
asio::awaitable<void> Core::end_front() {
  for (const auto* child : {&edge_, &api_}) {
    if (*child) (*child)->expect_exit();
  }
  if (edge_) co_await edge_->end(0ms);
  // An API without an edge ends. What it has asked for until then is still done.
  if (api_seam_) static_cast<void>(co_await api_closed_->wait(end_patience));
  api_seam_.reset();
  if (api_) co_await api_->end(end_patience);
  edge_.reset();
  api_.reset();
}

asio::awaitable<void> Core::end_vault() {
  for (const auto* child : {&vault_, &dialer_, &resolver_}) {
    if (*child) (*child)->expect_exit();
  }
  from_vault_.reset();
  vault_control_ = os::Fd();
  if (vault_) co_await vault_->end(end_patience);
  if (dialer_) co_await dialer_->end(0ms);
  if (resolver_) co_await resolver_->end(0ms);
  for (auto* child : {&vault_, &dialer_, &resolver_})
    child->reset();
}

void Core::give_up() {
  stopping_ = true;
  const base::Error ending{base::Code::unavailable, "The platform is ending.", ""};
  if (bus_ready_) bus_ready_->set(ending);
  if (front_ready_) front_ready_->set(ending);
  if (dialer_ready_) dialer_ready_->give_up(ending);
  if (vault_ready_) vault_ready_->give_up(ending);
}

asio::awaitable<void> Core::stop() {
  give_up();
  if (recoveries_ > 0) {
    restarts_over_ = std::make_unique<Latch>(context_, "the end of a restart");
    // Each of their own waits is bounded, and none may outlive this.
    while (!restarts_over_->is_set())
      static_cast<void>(co_await restarts_over_->wait(30s));
  }
  co_await end_front();
  co_await end_vault();
  if (nats_) co_await nats_->end(0ms);
  nats_.reset();
}

}  // namespace x1::launch
