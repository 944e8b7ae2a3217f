#include "launch/provider.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "launch/components.hpp"
#include "launch/plan_parts.hpp"
#include "launch/wires.hpp"
#include "sandbox/network_namespace.hpp"

namespace x1::launch {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {
// An API that is being started again meanwhile answers when it is there; after that it is asked anew.
constexpr auto api_patience = 60s;
}  // namespace

Provider::Provider(asio::io_context& context, const Installation& at, sandbox::Filters& filters, Journal& journal,
                   const SessionFacts& facts, int bus, std::uint32_t index, std::string domain, Callbacks callbacks)
    : context_(context),
      at_(at),
      filters_(filters),
      journal_(journal),
      facts_(facts),
      bus_(bus),
      index_(index),
      domain_(std::move(domain)),
      callbacks_(std::move(callbacks)),
      pause_(context) {}

base::Result<Output> Provider::output(const std::string& name) {
  X1_TRY(file,
         LogFile::open(SessionLayout{at_.layout.session(facts_.id)}.log(name + "-" + domain_), max_agent_log_bytes));
  return Output::to(context_, std::move(file));
}

base::Result<std::unique_ptr<Child>> Provider::begin(const sandbox::Plan& plan, Output output) {
  return Child::begin(context_, filters_, plan, std::move(output),
                      [this, name = program_name(plan)](int status) { died(name, status); });
}

void Provider::died(const std::string& part, int status) {
  died_ = part;
  callbacks_.on_died(part, status);
}

bool Provider::lives() const noexcept { return provider_ && provider_->alive() && relay_ && relay_->alive(); }

base::Status Provider::begin(const std::string& credentials) {
  began_ = BackOff::Clock::now();
  X1_TRY(network, sandbox::make_listening_namespace(provider_bus_port));
  X1_TRY(creds, pipe_with(credentials));
  X1_TRY(out, output("provider"));
  const ProviderEnds ends{network.network.get(), creds.get()};
  const auto plan = provider_plan(at_, facts_, index_, domain_, ends, out.write_end());
  X1_TRY(provider, begin(plan, std::move(out)));
  provider_ = std::move(provider);
  X1_TRY(relay_out, output("relay"));
  const auto wire = relay_plan(at_, facts_, index_, bus_, network.listener.get(), relay_out.write_end());
  X1_TRY(relay, begin(wire, std::move(relay_out)));
  relay_ = std::move(relay);
  return base::Done{};
}

asio::awaitable<base::Status> Provider::running() {
  auto runs = co_await provider_->running();
  if (runs.ok()) runs = co_await relay_->running();
  co_return runs;
}

std::vector<Child*> Provider::children() const {
  std::vector<Child*> children;
  for (const auto* child : {&provider_, &relay_}) {
    if (*child) children.push_back(child->get());
  }
  return children;
}

void Provider::recover() {
  if (stopping_ || recovering_) return;
  recovering_ = std::make_shared<Latch>(context_, "a provider's restart");
  // end() waits for it, so this outlives no member.
  asio::co_spawn(context_, again(), [this](std::exception_ptr failed) {
    if (failed) journal_.error("provider.not_started", {base::Code::internal, "A provider's restart failed.", ""});
    std::exchange(recovering_, nullptr)->set(std::string());
    // What dies while it is being started is not recovered from twice.
    if (!failed && !lives()) recover();
  });
}

void Provider::resume_with(std::string credentials) {
  if (credentials_) credentials_->set(std::move(credentials));
}

asio::awaitable<void> Provider::again() {
  while (!stopping_) {
    if (co_await try_again()) co_return;
  }
}

asio::awaitable<bool> Provider::try_again() {
  const auto died = BackOff::Clock::now();
  if (!co_await end_both()) co_return false;
  if (stopping_) co_return true;
  credentials_ = std::make_unique<Latch>(context_, "the API's answer");
  callbacks_.on_lost(died_);
  const auto credentials = co_await credentials_->wait(api_patience);
  credentials_.reset();
  if (stopping_ || !credentials.ok()) co_return stopping_;
  pause_.expires_at(died + back_off_.next(began_, died));
  static_cast<void>(co_await pause_.async_wait(asio::as_tuple(asio::use_awaitable)));
  if (stopping_) co_return true;
  auto runs = begin(*credentials);
  if (runs.ok()) runs = co_await running();
  if (stopping_) co_return true;
  if (!runs.ok()) {
    journal_.error("provider.not_started", runs.error());
    co_return false;
  }
  journal_.info("provider.started", {{"session", facts_.id}, {"provider", domain_}});
  callbacks_.on_again();
  co_return true;
}

asio::awaitable<bool> Provider::end_both() {
  for (const auto* child : {&provider_, &relay_}) {
    if (*child) (*child)->kill();
  }
  for (auto* child : {&provider_, &relay_}) {
    if (!*child) continue;
    co_await (*child)->end(0ms);
    if ((*child)->alive()) co_return false;
    child->reset();
  }
  co_return true;
}

void Provider::stop() noexcept {
  stopping_ = true;
  pause_.cancel();
  if (credentials_) credentials_->set(base::Error{base::Code::unavailable, "The session ends.", ""});
}

void Provider::expect_exit() noexcept {
  stop();
  for (auto* child : children())
    child->expect_exit();
}

void Provider::kill() noexcept {
  stop();
  for (auto* child : children())
    child->kill();
}

asio::awaitable<void> Provider::end() {
  stop();
  // Each of its own waits is bounded, and it may not outlive this.
  while (const auto under_way = recovering_)
    static_cast<void>(co_await under_way->wait(api_patience));
  static_cast<void>(co_await end_both());
}

}  // namespace x1::launch
