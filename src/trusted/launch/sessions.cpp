#include "launch/sessions.hpp"

#include <unistd.h>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>

#include "base/id.hpp"
#include "launch/shared_folder.hpp"

namespace x1::launch {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using base::Code;
using base::Error;

namespace {
// The longest that a session lives, whatever the API forgets.
constexpr auto longest_session = 12h;
constexpr std::size_t max_arguments = 256;
}  // namespace

struct Sessions::Running {
  Running(asio::io_context& context, SessionFacts facts)
      : id(facts.id), place(facts.place), over(context, "the session's end") {}
  std::string id;
  std::uint32_t place;
  std::unique_ptr<Session> session;
  Latch over;  // set with the reason
  bool told_started = false;
  std::string boot_key;  // empty until the broker is ready
  std::optional<std::uint32_t> agent_status;
};

Sessions::Sessions(asio::io_context& context, const Installation& at, sandbox::Filters& filters, Journal& journal,
                   Core& core, const base::Clock& clock)
    : context_(context), at_(at), filters_(filters), journal_(journal), core_(core), clock_(clock) {}

Sessions::~Sessions() = default;

void Sessions::obey(seam::launch::FromApi message) {
  if (auto* wanted = std::get_if<seam::launch::StartSession>(&message)) return start(std::move(*wanted));
  if (auto* resume = std::get_if<seam::launch::ResumeSession>(&message)) {
    const auto running = running_.find(resume->session);
    if (running != running_.end()) running->second->session->resume_with(std::move(resume->sidecar_credentials));
    return;
  }
  if (auto* resume = std::get_if<seam::launch::ResumeProvider>(&message)) {
    const auto running = running_.find(resume->session);
    if (running != running_.end()) running->second->session->resume_with(std::move(resume->provider));
    return;
  }
  const auto& stop = std::get<seam::launch::StopSession>(message);
  const auto found = running_.find(stop.session);
  if (found == running_.end()) return core_.report(seam::launch::SessionEnded{stop.session, "not running"});
  found->second->over.set(std::string(stop.at_once ? "killed" : "stopped"));
  found->second->session->abort();
  if (stop.at_once) found->second->session->kill();
}

void Sessions::fail(const std::string& session, const Error& why) {
  journal_.error("session.failed", why);
  core_.report(seam::launch::SessionFailed{session, why.code, why.message});
}

base::Result<SessionFacts> Sessions::facts_for(const seam::launch::StartSession& wanted, HandedOver& given) {
  X1_TRY(id, base::SessionId::parse(wanted.session));
  if (stopping_) return Error{Code::unavailable, "The platform is ending.", ""};
  if (running_.contains(wanted.session)) return Error{Code::conflict, "The session runs already.", ""};
  if (wanted.command.size() > max_arguments) return Error{Code::too_large, "The command has too many words.", ""};
  if (wanted.providers.size() > max_providers)
    return Error{Code::too_many, "A session has at most five providers.", ""};
  for (const auto& provider : wanted.providers) {
    const auto program = at_.program("x1-provider-" + provider.domain);
    if (!base::is_id_text(provider.domain) || ::access(program.c_str(), X_OK) != 0) {
      return Error{Code::not_found, "The provider " + provider.domain + " is not installed.", "build the project anew"};
    }
  }
  SessionFacts facts;
  facts.id = wanted.session;
  facts.began = clock_.now();
  facts.command = wanted.command;
  facts.adapter = wanted.adapter;
  if (wanted.workspace.empty()) return facts;

  if (!given.folder) {
    return Error{Code::forbidden, "The folder " + wanted.workspace + " was not handed over by its owner.",
                 "start the session with x1 run --workspace"};
  }
  X1_TRY(folder, look_at_folder(given.folder.get(), at_.layout.state(), at_.ids.machine_root()));
  facts.folder = folder.path;
  facts.folder_uid = folder.uid;
  facts.folder_gid = folder.gid;
  return facts;
}

base::Result<std::uint32_t> Sessions::free_place() const {
  std::vector<bool> taken(max_sessions);
  for (const auto& [name, entry] : running_)
    taken.at(entry->place) = true;
  const auto free = std::ranges::find(taken, false);
  if (free == taken.end()) return Error{Code::too_many, "Too many sessions run.", "end one of them"};
  return static_cast<std::uint32_t>(free - taken.begin());
}

base::Result<std::unique_ptr<Spare>> Sessions::take_spare() {
  if (spare_ && spare_->whole() && spare_->fresh()) return std::exchange(spare_, nullptr);
  // Its end is not waited for: nothing of it was anybody's.
  spare_.reset();
  X1_TRY(place, free_place());
  return Spare::begin(context_, at_, filters_, place);
}

void Sessions::make_spare() {
  if (stopping_ || spare_) return;
  const auto place = free_place();
  if (!place.ok()) return;
  // Its parts get ready by themselves; whoever takes it waits for what is missing.
  auto made = Spare::begin(context_, at_, filters_, *place);
  if (!made.ok()) return journal_.error("spare.failed", made.error());
  spare_ = std::move(*made);
}

void Sessions::start(seam::launch::StartSession wanted) {
  HandedOver given;
  if (const auto found = handed_over_.find(wanted.session); found != handed_over_.end()) {
    given = std::move(found->second);
    handed_over_.erase(found);
  }
  auto facts = facts_for(wanted, given);
  if (!facts.ok()) return fail(wanted.session, facts.error());
  auto spare = take_spare();
  if (!spare.ok()) return fail(wanted.session, spare.error());
  facts->place = (*spare)->place;
  auto& entry = *running_.emplace(wanted.session, std::make_unique<Running>(context_, *facts)).first->second;
  Session::Callbacks callbacks;
  callbacks.on_agent_exit = [this, &entry](std::uint32_t status) {
    entry.agent_status = status;
    if (entry.told_started) core_.report(seam::launch::AgentExited{entry.id, status});
  };
  callbacks.on_broken = [&entry](std::string reason) { entry.over.set(std::move(reason)); };
  callbacks.on_keys = [this, &entry](std::uint64_t number, const std::string& code) {
    if (on_keys_) on_keys_(entry.id, number, code);
  };
  callbacks.on_broker_gone = [this, &entry] {
    if (on_broker_gone_) on_broker_gone_(entry.id);
  };
  callbacks.on_sidecar_lost = [this, &entry](std::string part) {
    core_.report(seam::launch::SidecarLost{entry.id, std::move(part)});
  };
  callbacks.on_provider_lost = [this, &entry](const std::string& domain, const std::string& part) {
    core_.report(seam::launch::ProviderLost{entry.id, domain, part});
  };
  callbacks.on_resumed = [this, &entry](std::string boot_key) {
    entry.boot_key = std::move(boot_key);
    core_.report(seam::launch::SessionStarted{entry.id, entry.boot_key});
  };
  entry.session = std::make_unique<Session>(context_, at_, filters_, journal_, core_, std::move(*facts),
                                            std::move(*spare), std::move(given.terminal), std::move(callbacks));
  asio::co_spawn(context_, live(entry, std::move(wanted.sidecar_credentials), std::move(wanted.providers)),
                 [this, id = wanted.session](std::exception_ptr failure) {
                   if (failure) fail(id, Error{Code::internal, "The session's task failed.", ""});
                   running_.erase(id);
                   if (running_.empty() && all_ended_) all_ended_->set(std::string());
                 });
}

asio::awaitable<void> Sessions::live(Running& entry, std::string credentials,
                                     std::vector<seam::launch::ProviderStart> providers) {
  const auto boot_key = co_await entry.session->start(std::move(credentials), std::move(providers));
  if (boot_key.ok()) {
    journal_.info("session.started", {{"session", entry.id}});
    entry.told_started = true;
    entry.boot_key = *boot_key;
    core_.report(seam::launch::SessionStarted{entry.id, *boot_key});
    make_spare();
    if (entry.agent_status) core_.report(seam::launch::AgentExited{entry.id, *entry.agent_status});
    const auto reason = co_await entry.over.wait(longest_session);
    co_await entry.session->stop();
    const auto text = reason.ok() ? *reason : "the longest time of a session is over";
    journal_.info("session.ended", {{"session", entry.id}, {"reason", text}});
    core_.report(seam::launch::SessionEnded{entry.id, text});
    co_return;
  }
  co_await entry.session->stop();
  fail(entry.id, boot_key.error());
}

HandedOver& Sessions::given_for(const std::string& session) {
  if (!handed_over_.contains(session) && handed_over_.size() >= max_handed_over) {
    handed_over_.erase(
        std::ranges::min_element(handed_over_, {}, [](const auto& entry) { return entry.second.number; }));
  }
  auto& given = handed_over_[session];
  given.number = ++last_number_;
  return given;
}

base::Status Sessions::attach_terminal(const std::string& session, os::Fd terminal) {
  X1_TRY(id, base::SessionId::parse(session));
  if (running_.contains(session)) return Error{Code::conflict, "The session runs already.", ""};
  if (::isatty(terminal.get()) != 1) return Error{Code::invalid_request, "What was handed over is no terminal.", ""};
  given_for(session).terminal = std::move(terminal);
  return base::Done{};
}

base::Status Sessions::share_folder(const std::string& session, os::Fd folder) {
  X1_TRY(id, base::SessionId::parse(session));
  if (running_.contains(session)) return Error{Code::conflict, "The session runs already.", ""};
  X1_TRY(looked, look_at_folder(folder.get(), at_.layout.state(), at_.ids.machine_root()));
  given_for(session).folder = std::move(folder);
  return base::Done{};
}

base::Result<std::string> Sessions::boot_key(const std::string& session) const {
  const auto found = running_.find(session);
  if (found != running_.end() && !found->second->boot_key.empty()) return found->second->boot_key;
  return Error{Code::not_found, "No such session runs.", ""};
}

bool Sessions::has_broker(const std::string& session) const {
  const auto found = running_.find(session);
  return found != running_.end() && found->second->session->has_broker();
}

std::vector<std::string> Sessions::tell_keys(const seam::box::UseKeys& keys) {
  std::vector<std::string> told;
  for (const auto& [name, entry] : running_) {
    if (!entry->session->has_broker()) continue;
    // One that can't be told does not answer, and is not waited for any longer than another that does not.
    if (auto sent = entry->session->tell_keys(keys); !sent.ok()) journal_.error("keys.untold", sent.error());
    told.push_back(name);
  }
  return told;
}

seam::launch::Running Sessions::running() const {
  seam::launch::Running all;
  for (const auto& [session, entry] : running_)
    all.sessions.push_back({session, entry->boot_key});
  return all;
}

void Sessions::vault_again() {
  for (const auto& [session, entry] : running_)
    entry->session->vault_again();
}

void Sessions::api_again() {
  for (const auto& [session, entry] : running_)
    entry->session->api_again();
}

void Sessions::end(const std::string& session, const std::string& reason) {
  const auto found = running_.find(session);
  if (found == running_.end()) return;
  found->second->over.set(reason);
  found->second->session->abort();
}

void Sessions::end_all(const std::string& reason) {
  for (const auto& [name, entry] : running_) {
    entry->over.set(reason);
    entry->session->abort();
  }
}

asio::awaitable<void> Sessions::stop() {
  stopping_ = true;
  if (spare_) co_await std::exchange(spare_, nullptr)->end();
  if (running_.empty()) co_return;
  all_ended_ = std::make_unique<Latch>(context_, "the end of all sessions");
  end_all("the platform ended");
  static_cast<void>(co_await all_ended_->wait(30s));
}

std::vector<std::string> Sessions::names() const {
  std::vector<std::string> all;
  for (const auto& [name, entry] : running_)
    all.push_back(name);
  return all;
}

std::vector<std::pair<std::string, const Child*>> Sessions::children() const {
  std::vector<std::pair<std::string, const Child*>> all;
  for (const auto& [name, entry] : running_) {
    for (const auto* child : entry->session->children())
      all.emplace_back(name, child);
  }
  if (!spare_) return all;
  for (const auto* child : {&spare_->door.gate, &spare_->outward.dialer, &spare_->outward.resolver}) {
    if ((*child)->alive()) all.emplace_back(std::string(), child->get());
  }
  return all;
}

}  // namespace x1::launch
