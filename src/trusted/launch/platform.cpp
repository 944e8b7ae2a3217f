#include "launch/platform.hpp"

#include <signal.h>
#include <unistd.h>
#include <boost/asio/co_spawn.hpp>

#include "launch/workspace_reader.hpp"

namespace x1::launch {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t max_waiting = 32;

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

control::FromSupervisor refused(const base::Error& why) { return control::Refused{why.code, why.message, why.next}; }

control::FromSupervisor accepted(const base::Status& outcome) {
  if (!outcome.ok()) return refused(outcome.error());
  return control::Accepted{1};
}

asio::awaitable<control::FromSupervisor> show_changes(const Layout& layout, std::string session) {
  auto changes = co_await read_changes(layout, std::move(session));
  co_return changes.ok() ? control::FromSupervisor(std::move(*changes)) : refused(changes.error());
}

asio::awaitable<control::FromSupervisor> make_changes(const Layout& layout, std::string session,
                                                      std::vector<std::string> paths) {
  const auto count = co_await apply_changes(layout, std::move(session), std::move(paths));
  co_return count.ok() ? control::FromSupervisor(control::Accepted{*count}) : refused(count.error());
}

os::Fd take(std::optional<os::Fd>& fd) { return fd ? std::move(*fd) : os::Fd(); }

}  // namespace

Platform::Platform(asio::io_context& context, const Installation& at, Journal& journal, const base::Clock& clock,
                   PlatformSockets sockets)
    : at_(at),
      journal_(journal),
      port_(sockets.tcp.port),
      core_(context, at, filters_, journal,
            CoreSockets{std::move(sockets.tcp.socket), sockets.tcp.port, std::move(sockets.api)},
            Core::Callbacks{.on_api = [this](seam::launch::FromApi message) { heard(std::move(message)); },
                            .running = [this] { return sessions_.running(); },
                            .on_api_lost =
                                [this] {
                                  bearers_.give_up();
                                  keys_.api_lost();
                                },
                            .on_vault_gone = [this] { keys_.begins_anew(""); },
                            .on_vault_again = [this] { sessions_.vault_again(); },
                            .on_serving =
                                [this] {
                                  sessions_.api_again();
                                  keys_.api_again();
                                  answer_waiting();
                                  sessions_.make_spare();
                                },
                            .on_vault_keys = [this](std::uint64_t number,
                                                    const std::string& code) { keys_.taken("", number, code); },
                            .on_given_up = [this](const base::Error& why) { end(why); }}),
      sessions_(context, at, filters_, journal, core_, clock),
      bearers_([this](seam::launch::ToApi message) { core_.ask_api(std::move(message)); }),
      keys_(context, at.layout, clock, journal, who_takes_part(), KeyRotation::Patience{}),
      control_(context, std::move(sockets.control),
               [this](control::ToSupervisor question, std::optional<os::Fd> fd, ControlServer::Reply reply) {
                 answer(std::move(question), std::move(fd), std::move(reply));
               }),
      signals_(context, SIGINT, SIGTERM),
      over_(context, "the platform's end"),
      context_(context) {
  sessions_.on_keys([this](const std::string& session, std::uint64_t number, const std::string& code) {
    keys_.taken(session, number, code);
  });
  sessions_.on_broker_gone([this](const std::string& session) { keys_.begins_anew(session); });
}

KeyRotation::Parts Platform::who_takes_part() {
  return {
      .ask_api = [this](seam::launch::ToApi question) { core_.ask_api(std::move(question)); },
      .restart_api = [this] { core_.kill_api(); },
      .restart_vault = [this] { core_.kill_vault(); },
      .tell_vault = [this](const seam::vault::UseKeys& keys) { return core_.tell_vault(keys); },
      .tell_brokers = [this](const seam::box::UseKeys& keys) { return sessions_.tell_keys(keys); },
      .has_broker = [this](const std::string& session) { return sessions_.has_broker(session); },
      .end_session = [this](const std::string& session, const std::string& reason) { sessions_.end(session, reason); }};
}

asio::awaitable<base::Status> Platform::run(OnReady on_ready) {
  signals_.async_wait([this](boost::system::error_code error, int) {
    if (!error) end(base::Done{});
  });
  auto started = co_await core_.start();
  if (started.ok()) {
    journal_.info("platform.ready", {{"port", static_cast<std::uint64_t>(port_)}});
    on_ready(port_);
    // A platform has no deadline: it is there until somebody ends it.
    while (!over_.is_set())
      static_cast<void>(co_await over_.wait(24h));
  } else if (!over_.is_set()) {
    end(std::move(started));
  }
  co_await sessions_.stop();
  co_await core_.stop();
  journal_.info("platform.ended");
  signals_.cancel();
  context_.stop();
  co_return outcome_;
}

void Platform::end(base::Status why) {
  if (over_.is_set()) return;
  if (!why.ok()) journal_.error("platform.failed", why.error());
  outcome_ = std::move(why);
  core_.give_up();
  keys_.give_up();
  over_.set(std::string());
}

void Platform::answer(control::ToSupervisor question, std::optional<os::Fd> fd, ControlServer::Reply reply) {
  std::visit(
      Overloaded{
          [&](const control::AskStatus&) {
            when_serving(std::move(reply), [this](const ControlServer::Reply& waiting) { waiting(status()); });
          },
          [&](const control::AskBootKey& ask) {
            const auto key = sessions_.boot_key(ask.session);
            reply(key.ok() ? control::FromSupervisor(control::BootKey{*key}) : refused(key.error()));
          },
          [&](const control::AskBearer&) {
            when_serving(std::move(reply),
                         [this](ControlServer::Reply waiting) { bearers_.ask_bearer(std::move(waiting)); });
          },
          [&](const control::AskLink&) {
            when_serving(std::move(reply),
                         [this](ControlServer::Reply waiting) { bearers_.ask_link(std::move(waiting)); });
          },
          [&](const control::RotateKeys& ask) {
            when_serving(std::move(reply), [this, revoke = ask.revoke_old](const ControlServer::Reply& waiting) {
              rotate(revoke, waiting);
            });
          },
          [&](const control::Stop&) {
            reply(control::Accepted{1});
            end(base::Done{});
          },
          [&](const control::AttachTerminal& ask) {
            reply(accepted(sessions_.attach_terminal(ask.session, take(fd))));
          },
          [&](const control::ShareFolder& ask) { reply(accepted(sessions_.share_folder(ask.session, take(fd)))); },
          [&](const control::AskChanges& ask) {
            answer_later(show_changes(at_.layout, ask.session), std::move(reply));
          },
          [&](const control::ApplyChanges& ask) {
            answer_later(make_changes(at_.layout, ask.session, ask.paths), std::move(reply));
          }},
      question);
}

void Platform::heard(seam::launch::FromApi message) {
  if (auto* minted = std::get_if<seam::launch::Minted>(&message)) return bearers_.took(std::move(*minted));
  if (const auto* none = std::get_if<seam::launch::MintRefused>(&message)) return bearers_.took(*none);
  if (const auto* made = std::get_if<seam::launch::KeyMade>(&message)) return keys_.took(*made);
  if (const auto* used = std::get_if<seam::launch::KeyUsed>(&message)) return keys_.took(*used);
  if (const auto* failed = std::get_if<seam::launch::KeyFailed>(&message)) return keys_.took(*failed);
  sessions_.obey(std::move(message));
}

void Platform::rotate(bool revoke, const ControlServer::Reply& reply) {
  asio::co_spawn(context_, keys_.rotate(revoke),
                 [reply](std::exception_ptr failure, const control::FromSupervisor& said) {
                   if (failure) return reply(refused(base::Error{base::Code::internal, "The rotation failed.", ""}));
                   reply(said);
                 });
}

void Platform::answer_later(asio::awaitable<control::FromSupervisor> answer, ControlServer::Reply reply) {
  if (at_a_folder_) {
    return reply(
        refused(base::Error{base::Code::conflict, "A folder's changes are being read or applied.", "try again"}));
  }
  at_a_folder_ = true;
  asio::co_spawn(context_, std::move(answer),
                 [this, reply = std::move(reply)](std::exception_ptr failure, control::FromSupervisor said) {
                   at_a_folder_ = false;
                   if (failure) said = refused(base::Error{base::Code::internal, "The folder's task failed.", ""});
                   reply(std::move(said));
                 });
}

void Platform::answer_waiting() {
  for (const auto& answer : std::exchange(waiting_, {}))
    answer();
}

void Platform::when_serving(ControlServer::Reply reply, std::function<void(ControlServer::Reply)> answer) {
  if (core_.serving()) return answer(std::move(reply));
  if (waiting_.size() < max_waiting) {
    return waiting_.push_back([reply = std::move(reply), answer = std::move(answer)] { answer(reply); });
  }
  reply(refused(base::Error{base::Code::too_many, "Too many wait for the platform's start.", ""}));
}

control::Status Platform::status() const {
  control::Status status{.pid = static_cast<std::uint32_t>(::getpid()),
                         .port = port_,
                         .ready = core_.serving(),
                         .processes = {},
                         .sessions = sessions_.names(),
                         .limits = {},
                         .own_name = at_.own_name};
  const auto add = [&status](const Child& child, const std::string& session) {
    status.processes.push_back({child.name(), session, static_cast<std::uint32_t>(child.pid()), child.outside_uid()});
    for (const auto& limit : child.unlimited())
      status.limits.push_back(child.name() + ": this machine lets us set no limit for " + limit + ".");
  };
  for (const auto* child : core_.children())
    add(*child, "");
  for (const auto& [session, child] : sessions_.children())
    add(*child, session);
  return status;
}

}  // namespace x1::launch
