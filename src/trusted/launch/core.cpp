#include "launch/core.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include "launch/api_keys.hpp"
#include "launch/bus_keys.hpp"
#include "launch/components.hpp"
#include "launch/health.hpp"
#include "launch/wires.hpp"
#include "os/file.hpp"
#include "os/socket.hpp"
#include "sandbox/network_namespace.hpp"

namespace x1::launch {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto ready_patience = 20s;
constexpr std::string_view nats_ready = "Server is ready";

std::string exit_text(int status) {
  return status > 128 ? "signal " + std::to_string(status - 128) : "status " + std::to_string(status);
}

}  // namespace

bool RestartBound::allow(std::chrono::steady_clock::time_point now) {
  while (!recent_.empty() && now - recent_.front() > 1min)
    recent_.pop_front();
  if (recent_.size() >= max_restarts) return false;
  recent_.push_back(now);
  return true;
}

Core::Core(asio::io_context& context, const Installation& at, sandbox::Filters& filters, Journal& journal,
           CoreSockets sockets, Callbacks callbacks)
    : context_(context),
      at_(at),
      filters_(filters),
      journal_(journal),
      sockets_(std::move(sockets)),
      callbacks_(std::move(callbacks)) {}

Core::~Core() = default;

asio::awaitable<base::Status> Core::start() {
  auto bus = sandbox::make_network_namespace();
  if (!bus.ok()) co_return std::move(bus).error();
  bus_ = std::move(*bus);
  auto started = co_await start_bus();
  if (started.ok()) started = co_await start_vault();
  if (started.ok()) started = co_await start_front();
  co_return started;
}

base::Result<Output> Core::output(const std::string& name, Output::OnLine on_line) {
  X1_TRY(file, LogFile::open(at_.layout.log(name)));
  return Output::to(context_, std::move(file), std::move(on_line));
}

base::Status Core::start_child(std::unique_ptr<Child>& place, const sandbox::Plan& plan, Output output, Died died) {
  const auto name = plan.name;
  if (stopping_) return base::Error{base::Code::unavailable, "The platform is ending.", ""};
  auto child = Child::start(context_, filters_, plan, std::move(output), [this, name, died](int status) {
    const auto how = exit_text(status);
    if (!stopping_) journal_.warn("component.died", {{"name", name}, {"how", how}});
    (this->*died)(base::Error{base::Code::unavailable, name + " ended while it started (" + how + ").",
                              "look into log/" + name + ".log of the state folder"});
  });
  if (!child.ok()) return std::move(child).error();
  place = std::move(*child);
  journal_.info("component.started", {{"name", name}, {"pid", static_cast<std::uint64_t>(place->pid())}});
  for (const auto& limit : place->unlimited())
    journal_.warn("component.unlimited", {{"name", name}, {"limit", limit}});
  return base::Done{};
}

asio::awaitable<base::Status> Core::start_bus() {
  bus_ready_ = std::make_unique<Latch>(context_, "nats-server's readiness");
  auto out = output("nats-server", [this](std::string_view line) {
    if (line.find(nats_ready) != std::string_view::npos) bus_ready_->set(std::string());
  });
  if (!out.ok()) co_return std::move(out).error();
  const auto plan = nats_plan(at_, bus_.get(), out->write_end());
  auto started = start_child(nats_, plan, std::move(*out), &Core::bus_died);
  if (!started.ok()) co_return std::move(started).error();
  const auto ready = co_await bus_ready_->wait(ready_patience);
  if (!ready.ok()) co_return ready.error();
  bus_down_ = false;
  co_return base::Done{};
}

asio::awaitable<base::Status> Core::start_front() {
  front_ready_ = std::make_shared<Latch>(context_, "the API's health");
  auto begun = begin_front();
  if (begun.ok()) begun = ask_health(context_, at_.layout.run(), front_ready_);
  if (!begun.ok()) co_return begun;
  const auto well = co_await front_ready_->wait(ready_patience);
  if (!well.ok()) co_return well.error();
  front_down_ = false;
  serving_ = true;
  callbacks_.on_serving();
  co_return base::Done{};
}

asio::awaitable<base::Status> Core::start_vault() {
  auto names = os::socket_pair();
  auto dials = os::socket_pair();
  auto control = os::socket_pair();
  auto ready = make_pipe();
  auto vault_ready = make_pipe();
  auto dialer_out = output("x1-dialer");
  auto resolver_out = output("x1-resolver");
  auto vault_out = output("x1-vault");
  if (!names.ok() || !dials.ok() || !control.ok() || !ready.ok() || !vault_ready.ok() || !dialer_out.ok() ||
      !resolver_out.ok() || !vault_out.ok()) {
    base::Error error{base::Code::unavailable, "No descriptors or no log files are left for the vault.", ""};
    co_return base::Status(std::move(error));
  }
  const DialerEnds ends{dials->first.get(), names->first.get(), ready->write.get()};
  const auto dialer = dialer_plan(at_, "x1-dialer", at_.ids.of(Seat::vault_dialer), ends, dialer_out->write_end());
  auto started = start_child(dialer_, dialer, std::move(*dialer_out), &Core::vault_died);
  if (!started.ok()) co_return std::move(started).error();
  const auto resolver = resolver_plan(at_, "x1-resolver", at_.ids.of(Seat::vault_resolver), names->second.get(),
                                      resolver_out->write_end());
  started = start_child(resolver_, resolver, std::move(*resolver_out), &Core::vault_died);
  if (!started.ok()) co_return std::move(started).error();
  ready->write = os::Fd();
  dialer_ready_ = std::make_unique<ReadyLine>(context_, std::move(ready->read), "x1-dialer");
  const auto key = co_await dialer_ready_->wait(ready_patience);
  if (!key.ok()) co_return key.error();

  const auto api_keys = keys_for_vault(at_.layout);
  if (!api_keys.ok()) co_return api_keys.error();
  const VaultEnds vault_ends{control->first.get(), dials->second.get(), vault_ready->write.get()};
  const auto vault = vault_plan(at_, vault_ends, VaultFacts{*key, *api_keys, sockets_.port}, vault_out->write_end());
  started = start_child(vault_, vault, std::move(*vault_out), &Core::vault_died);
  if (!started.ok()) co_return std::move(started).error();
  from_vault_ = std::make_unique<net::SeamChannel>(context_, os::Fd(::dup(control->second.get())));
  from_vault_->start([this](std::string_view frame) { vault_said(frame); }, [](const base::Error&) {});
  vault_control_ = std::move(control->second);
  // Its public halves: what people seal to it, and what its rows are signed with. Made at its first start.
  vault_ready->write = os::Fd();
  vault_ready_ = std::make_unique<ReadyLine>(context_, std::move(vault_ready->read), "x1-vault");
  const auto keys = co_await vault_ready_->wait(ready_patience);
  if (!keys.ok()) co_return keys.error();
  auto kept = keep_vault_keys(at_.layout, *keys);
  vault_down_ = !kept.ok();
  co_return kept;
}

base::Result<os::Fd> Core::join_vault() {
  X1_TRY(ends, os::socket_pair());
  X1_TRY(told, tell_vault(seam::vault::ApiChannel{}, ends.first.get()));
  return std::move(ends.second);
}

base::Status Core::begin_front() {
  X1_TRY(vault_end, join_vault());
  X1_TRY(requests, os::socket_pair());
  X1_TRY(control, os::socket_pair());
  X1_TRY(api_out, output("x1-api"));
  X1_TRY(edge_out, output("x1-edge"));
  const ApiEnds api_ends{requests.first.get(), vault_end.get(), control.first.get()};
  const auto api = api_plan(at_, bus_.get(), api_ends, api_out.write_end());
  X1_TRY(api_started, start_child(api_, api, std::move(api_out), &Core::front_died));
  control.first = os::Fd();
  open_api_seam(std::move(control.second));
  const EdgeEnds edge_ends{requests.second.get(), sockets_.tcp.get(), sockets_.local.get()};
  const auto edge = edge_plan(at_, edge_ends, edge_out.write_end());
  return start_child(edge_, edge, std::move(edge_out), &Core::front_died);
}

void Core::open_api_seam(os::Fd end) {
  api_closed_ = std::make_unique<Latch>(context_, "the API's last words");
  api_seam_ = std::make_unique<net::SeamChannel>(context_, std::move(end));
  // That it closes is not acted on: the process itself ends as well, and is what we restart for.
  api_seam_->start([this](std::string_view frame) { heard_from_api(frame); },
                   [this](const base::Error&) { api_closed_->set(std::string()); });
  for (const auto& message : unheard_)
    send_to_api(message);
  send_to_api(callbacks_.running());
}

void Core::heard_from_api(std::string_view frame) {
  auto message = seam::decode_frame<seam::launch::FromApi>(frame);
  if (!message.ok()) return journal_.error("api.protocol", message.error());
  if (!std::holds_alternative<seam::launch::Heard>(*message)) return callbacks_.on_api(std::move(*message));
  if (!unheard_.empty()) unheard_.pop_front();
}

void Core::send_to_api(const seam::launch::ToApi& message) {
  const auto sent = api_seam_->send(seam::encode_frame(message));
  if (!sent.ok()) journal_.warn("api.unreached", {{"why", sent.error().message}});
}

void Core::report(seam::launch::ToApi message) {
  // What an API that hears nothing is not told, the next one finds by what runs and what does not.
  if (unheard_.size() >= max_unheard) return journal_.warn("api.deaf");
  if (api_seam_) send_to_api(message);
  unheard_.push_back(std::move(message));
}

void Core::ask_api(seam::launch::ToApi message) {
  if (api_seam_) send_to_api(message);
}

base::Status Core::tell_vault(const seam::vault::FromSupervisor& message, int end) {
  if (!vault_control_) return base::Error{base::Code::unavailable, "The vault does not run.", ""};
  return os::send_with_fd(vault_control_.get(), seam::encode_frame(message), end);
}

void Core::kill_api() noexcept {
  if (api_) api_->kill();
}

void Core::kill_vault() noexcept {
  if (vault_) vault_->kill();
}

void Core::vault_said(std::string_view frame) {
  const auto message = seam::decode_frame<seam::vault::ToSupervisor>(frame);
  if (!message.ok()) return journal_.error("vault.protocol", message.error());
  const auto& taken = std::get<seam::vault::KeysTaken>(*message);
  callbacks_.on_vault_keys(taken.number, taken.code);
}

std::vector<const Child*> Core::children() const {
  std::vector<const Child*> all;
  for (const auto* child : {&nats_, &dialer_, &resolver_, &vault_, &api_, &edge_}) {
    if (*child && (*child)->alive()) all.push_back(child->get());
  }
  return all;
}

}  // namespace x1::launch
