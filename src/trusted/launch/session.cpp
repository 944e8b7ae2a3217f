#include "launch/session.hpp"

#include <sys/stat.h>
#include <algorithm>
#include <iterator>

#include "launch/api_keys.hpp"
#include "launch/blame.hpp"
#include "launch/components.hpp"
#include "launch/first_start.hpp"
#include "launch/plan_parts.hpp"
#include "launch/session_record.hpp"
#include "launch/wires.hpp"
#include "os/socket.hpp"
#include "sandbox/network_namespace.hpp"
#include "seam/ending.hpp"

namespace x1::launch {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {
constexpr auto part_patience = 20s;
}  // namespace

Session::Session(asio::io_context& context, const Installation& at, sandbox::Filters& filters, Journal& journal,
                 Core& core, SessionFacts facts, std::unique_ptr<Spare> spare, os::Fd terminal, Callbacks callbacks)
    : context_(context),
      at_(at),
      filters_(filters),
      journal_(journal),
      core_(core),
      facts_(std::move(facts)),
      layout_{at.layout.session(facts_.id)},
      terminal_(std::move(terminal)),
      callbacks_(std::move(callbacks)),
      spare_(std::move(spare)),
      blaming_(context) {}

Session::~Session() = default;

asio::awaitable<base::Result<std::string>> Session::start(std::string sidecar_credentials,
                                                          std::vector<seam::launch::ProviderStart> providers) {
  auto done = make_folders();
  if (done.ok()) done = take_spare();
  // No key is read, and no agent begun, before gate runs.
  if (done.ok()) done = co_await all_run();
  if (done.ok()) done = co_await know_dialer();
  if (done.ok()) done = wanted();
  if (done.ok()) done = begin_agent();
  if (done.ok()) done = begin_providers(providers);
  // Last, and then nothing that blocks: the API must hear its key before the broker speaks on the bus.
  if (done.ok()) done = begin_broker(sidecar_credentials);
  if (!done.ok()) co_return std::move(done).error();
  auto boot_key = co_await broker_ready_->wait(part_patience);
  // A box that could not be made is the better reason.
  done = co_await all_run();
  if (done.ok()) done = co_await providers_run();
  if (done.ok()) done = wanted();
  if (!done.ok()) co_return std::move(done).error();
  booted_ = boot_key.ok();
  co_return boot_key;
}

base::Status Session::wanted() const {
  if (aborted_) return base::Error{base::Code::unavailable, "The session was ended while it started.", ""};
  if (blamed_.empty()) return base::Done{};
  return base::Error{base::Code::unavailable, blamed_ + " ended.", "look into the session's folder in the state"};
}

std::vector<Child*> Session::own() const {
  std::vector<Child*> own;
  for (const auto* child : {&agent_, &door_.gate, &outward_.dialer, &outward_.resolver, &broker_}) {
    if (*child) own.push_back(child->get());
  }
  return own;
}

asio::awaitable<base::Status> Session::all_run() {
  // By number: a wait may see some go, when the session breaks meanwhile.
  for (std::size_t index = 0; index < own().size(); ++index) {
    auto runs = co_await own()[index]->running();
    if (!runs.ok()) co_return runs;
  }
  co_return base::Done{};
}

asio::awaitable<base::Status> Session::providers_run() {
  for (const auto& provider : providers_) {
    auto runs = co_await provider->running();
    if (!runs.ok()) co_return runs;
  }
  co_return base::Done{};
}

base::Status Session::take_spare() {
  if (!spare_->whole()) return base::Error{base::Code::unavailable, "The session's sidecar ended before it began.", ""};
  spare_->deaths->tell = [this](const std::string& who, int status) { sidecar_died(who, status); };
  door_ = std::move(spare_->door);
  outward_ = std::move(spare_->outward);
  spare_.reset();
  for (const auto& [name, child] : {std::pair("gate", &door_.gate), std::pair("dialer", &outward_.dialer),
                                    std::pair("resolver", &outward_.resolver)}) {
    X1_TRY(log, LogFile::open(layout_.log(name), max_agent_log_bytes));
    (*child)->log_to(std::move(log));
  }
  return base::Done{};
}

asio::awaitable<base::Status> Session::know_dialer() {
  const auto key = co_await outward_.ready->wait(part_patience);
  if (!key.ok()) co_return key.error();
  dialer_key_ = *key;
  auto end = join_vault();
  if (!end.ok()) co_return std::move(end).error();
  vault_seam_ = std::move(*end);
  co_return base::Done{};
}

// A vault that is gone just now is told when it is there again; until then the broker has an end that nobody holds.
base::Result<os::Fd> Session::join_vault() {
  X1_TRY(ends, os::socket_pair());
  const auto began = static_cast<std::uint64_t>(facts_.began.time_since_epoch().count());
  const auto told = core_.tell_vault(seam::vault::SessionChannel{facts_.id, dialer_key_, began}, ends.second.get());
  if (!told.ok()) journal_.warn("vault.unreached", {{"session", facts_.id}, {"why", told.error().message}});
  return std::move(ends.first);
}

// Before the broker is begun its end waits here; without the dialer's key no vault was told of it.
void Session::vault_again() {
  if (stopping_ || dialer_key_.empty()) return;
  auto end = join_vault();
  if (!end.ok()) return journal_.error("vault.unreached", end.error());
  if (broker_ == nullptr) {
    vault_seam_ = std::move(*end);
    return;
  }
  tell_broker(seam::box::VaultAgain{}, end->get());
}

void Session::api_again() {
  if (!stopping_ && broker_ != nullptr) tell_broker(seam::box::ApiAgain{});
}

base::Status Session::make_folders() {
  const auto us = ::geteuid();
  const auto agent = agent_id(at_, facts_);
  X1_TRY(folder, make_folder(layout_.folder, 0711, us));
  X1_TRY(broker, make_folder(layout_.broker(), 0700, at_.ids.of(facts_.place, SessionSeat::broker)));
  if (facts_.folder.empty()) {
    X1_TRY(workspace, make_folder(layout_.workspace(), 0700, agent));
  } else {
    X1_TRY(overlay, make_folder(layout_.overlay(), 0711, us));
    X1_TRY(upper, make_folder(layout_.upper(), 0700, agent));
    X1_TRY(work, make_folder(layout_.work(), 0700, agent));
  }
  return write_record(layout_, SessionRecord{.folder = facts_.folder, .agent_uid = agent});
}

base::Result<Output> Session::output(const std::string& name) {
  X1_TRY(file, LogFile::open(layout_.log(name), max_agent_log_bytes));
  return Output::to(context_, std::move(file));
}

base::Status Session::begin_agent() {
  std::optional<Output> out;
  AgentEnds ends{.network = door_.network.get(), .terminal = terminal_.get()};
  if (!terminal_) {
    X1_TRY(log, output("agent"));
    out.emplace(std::move(log));
    ends.output = out->write_end();
  }
  X1_TRY(child, Child::begin(context_, filters_, agent_plan(at_, facts_, ends), std::move(out),
                             [this](int status) { agent_ended(status); }));
  agent_ = std::move(child);
  terminal_ = os::Fd();
  door_.network = os::Fd();
  for (const auto& limit : agent_->unlimited())
    journal_.warn("agent.unlimited", {{"session", facts_.id}, {"limit", limit}});
  return base::Done{};
}

base::Status Session::begin_broker(const std::string& credentials) {
  X1_TRY(pipe, make_pipe());
  X1_TRY(creds, pipe_with(credentials));
  X1_TRY(api_keys, keys_for_session(at_.layout, facts_.began));
  X1_TRY(out, output("broker"));
  X1_TRY(supervisor, listen_to_broker());
  const BrokerEnds ends{.gate = door_.gate_end.get(),
                        .dialer = outward_.dialer_end.get(),
                        .vault = vault_seam_.get(),
                        .supervisor = supervisor.get(),
                        .ready = pipe.write.get(),
                        .credentials = creds.get()};
  const auto plan = broker_plan(at_, facts_, core_.bus(), ends, api_keys, out.write_end());
  broker_status_.reset();
  X1_TRY(child, Child::begin(context_, filters_, plan, std::move(out), [this](int status) {
           broker_status_ = status;
           sidecar_died("x1-sidecar", status);
         }));
  broker_ = std::move(child);
  broker_ready_ = std::make_unique<ReadyLine>(context_, std::move(pipe.read), "x1-sidecar");
  for (auto* end : {&door_.gate_end, &outward_.dialer_end, &vault_seam_})
    *end = os::Fd();
  if (!agent_->alive() && !runs_once(facts_)) tell_broker(seam::box::AgentEnded{});
  return base::Done{};
}

base::Status Session::begin_providers(const std::vector<seam::launch::ProviderStart>& providers) {
  for (std::uint32_t index = 0; index < providers.size(); ++index) {
    const auto& domain = providers[index].domain;
    Provider::Callbacks callbacks;
    callbacks.on_died = [this, index](const std::string& part, int status) {
      provider_died(*providers_[index], part, status);
    };
    callbacks.on_lost = [this, domain](const std::string& part) { callbacks_.on_provider_lost(domain, part); };
    callbacks.on_again = [this, domain] { provider_again(domain); };
    providers_.push_back(std::make_unique<Provider>(context_, at_, filters_, journal_, facts_, core_.bus(), index,
                                                    domain, std::move(callbacks)));
    X1_TRY(began, providers_.back()->begin(providers[index].credentials));
  }
  return base::Done{};
}

// While the session starts, its reason to fail; later no reason to end.
void Session::provider_died(Provider& provider, const std::string& part, int status) {
  if (!booted_) return broken(part, status);
  part_died(part, status);
  provider.recover();
}

void Session::resume_with(seam::launch::ProviderStart provider) {
  const auto its = std::ranges::find(providers_, provider.domain, &Provider::domain);
  if (its != providers_.end()) (*its)->resume_with(std::move(provider.credentials));
}

// A broker that is being started again itself has asked nothing.
void Session::provider_again(const std::string& domain) {
  if (has_broker()) tell_broker(seam::box::ProviderAgain{domain});
}

void Session::part_died(const std::string& who, int status) {
  journal_.warn("session.part_died",
                {{"session", facts_.id}, {"part", who}, {"status", static_cast<std::uint64_t>(status)}});
}

void Session::broken(const std::string& who, int status) {
  if (stopping_) return;
  part_died(who, status);
  // Without its sidecar an agent has nothing to talk to; it must not run on unseen.
  agent_.reset();
  const bool first = blamed_.empty();
  const bool killed = was_killed(status);
  if (first || killed) blamed_ = who;
  if (killed) return tell_broken();
  if (!first) return;
  blaming_.expires_after(blame_patience);
  blaming_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled && !stopping_) tell_broken();
  });
}

void Session::tell_broken() {
  stopping_ = true;
  blaming_.cancel();
  give_up(base::Error{base::Code::unavailable, blamed_ + " ended.", "look into the session's folder in the state"});
  callbacks_.on_broken(blamed_ + " ended");
}

void Session::give_up(const base::Error& why) {
  if (outward_.ready) outward_.ready->give_up(why);
  if (broker_ready_) broker_ready_->give_up(why);
}

void Session::abort() {
  aborted_ = true;
  give_up(wanted().error());
}

// Agent and providers, and the ways to them and to the outside: a request that is under way goes no further. The broker
// is told before gate goes, which would have it leave its books open for another broker.
void Session::kill() {
  stopping_ = true;
  if (broker_) static_cast<void>(try_to_tell_broker(seam::box::EndSession{}).ok());
  for (auto* each : own()) {
    if (each != broker_.get()) each->kill();
  }
  for (const auto& provider : providers_)
    provider->kill();
}

asio::awaitable<void> Session::stop() {
  stopping_ = true;
  blaming_.cancel();
  if (credentials_) credentials_->set(base::Error{base::Code::unavailable, "The session ends.", ""});
  if (spare_) co_await spare_->end();
  for (auto* each : own())
    each->expect_exit();
  for (const auto& provider : providers_)
    provider->expect_exit();
  // In this order: the one waits for the other, too.
  for (const auto& under_way : {resuming_, replacement_}) {
    // Each of its own waits is bounded, and it may not outlive this.
    while (under_way && !under_way->is_set())
      static_cast<void>(co_await under_way->wait(replacement_patience));
  }
  if (agent_) co_await agent_->end(0ms);
  // The broker closes its books, and ends; gate and dialer follow it.
  if (broker_) {
    static_cast<void>(try_to_tell_broker(seam::box::EndSession{}).ok());
    co_await broker_->end(seam::broker_patience);
  }
  from_broker_.reset();
  to_broker_ = os::Fd();
  for (const auto* child : {&door_.gate, &outward_.dialer, &outward_.resolver}) {
    if (*child) co_await (*child)->end(0ms);
  }
  for (const auto& provider : providers_)
    co_await provider->end();
  agent_.reset();
  door_ = Door();
  outward_ = Outward();
  broker_.reset();
  providers_.clear();
}

std::vector<const Child*> Session::children() const {
  std::vector<const Child*> living;
  const auto add = [&](const std::vector<Child*>& children) {
    std::ranges::copy_if(children, std::back_inserter(living), &Child::alive);
  };
  add(own());
  for (const auto& provider : providers_)
    add(provider->children());
  return living;
}

}  // namespace x1::launch
