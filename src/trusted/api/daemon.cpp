#include "api/daemon.hpp"

#include <boost/asio/post.hpp>

#include "api/logins.hpp"
#include "api/signing_key.hpp"
#include "api/sqlite_store.hpp"
#include "os/file.hpp"

namespace x1::api {
namespace {

using base::Error;
using ToSupervisor = seam::launch::FromApi;

constexpr std::chrono::seconds control_deadline{5};
constexpr std::chrono::seconds tick_every{2};

}  // namespace

base::Result<Daemon::Parts> Daemon::load(const DaemonSettings& settings, const base::Clock& clock) {
  X1_TRY(key, read_signing_key(settings.state + "/signing.seed"));
  X1_TRY(bus_json, os::read_file(settings.state + "/bus.json", 16 * 1024));
  X1_TRY(domains, domains_in(settings.manifests));
  X1_TRY(identities, MintedIdentities::from(bus_json, std::move(domains), clock));
  X1_TRY(store, open_sqlite_store(settings.state + "/x1.db"));
  return Parts{std::move(key), std::move(store), std::move(identities)};
}

Daemon::Daemon(boost::asio::io_context& context, const base::Clock& clock, DaemonSettings settings, Parts parts,
               os::Fd edge, os::Fd vault, os::Fd supervisor)
    : context_(context),
      work_(context.get_executor()),
      clock_(clock),
      log_("x1-api", clock),
      settings_(std::move(settings)),
      parts_(std::move(parts)),
      passwords_(context),
      vault_(context, std::move(vault)),
      edge_(context, std::move(edge)),
      supervisor_(context, std::move(supervisor)),
      services_{*parts_.store,      clock_, random_,      parts_.key, passwords_, vault_, *this,
                *parts_.identities, *this,  login_limits_},
      streams_(*parts_.store,
               [this](seam::edge::ToEdge message) {
                 if (auto sent = edge_.send(seam::encode_frame(message)); !sent.ok()) stop_serving(sent.error());
               }),
      front_(services_, streams_,
             [this](seam::edge::ToEdge message) {
               if (auto sent = edge_.send(seam::encode_frame(message)); !sent.ok()) stop_serving(sent.error());
             }),
      desk_(services_,
            [this](const std::string& reply, const std::string& payload) {
              if (auto sent = bus_->publish(reply, payload); !sent.ok()) log_.warn("bus.unanswered");
            }),
      sender_(services_,
              [this](const std::string& subject, const std::string& payload, Then<std::string> then) {
                if (bus_ == nullptr) return then(Error{base::Code::unavailable, "The bus is not there yet.", ""});
                bus_->request(subject, payload, control_deadline, std::move(then));
              }),
      timer_(context) {}

Status Daemon::start() {
  X1_TRY(adopted, adopt_key(services_, false));
  X1_TRY(owner, ensure_owner(services_));
  // Of this start alone: what a broker answered to the API before is no answer to a message of this one.
  const auto inbox = "_INBOX.api." + crypto::random_id(random_);
  X1_TRY(bus, nats::Client::connect(
                  context_, {.address = settings_.bus, .name = "x1-api", .inbox_prefix = inbox, .identity = [this] {
                               return parts_.identities->own();
                             }}));
  bus_ = std::move(bus);
  supervisor_.start([this](std::string_view frame) { from_supervisor(frame); },
                    [this](const Error& why) { stop_serving(why); });
  return base::Done{};
}

Status Daemon::serve() {
  X1_TRY(subscribed, bus_->subscribe("x1.api.session.*.*", [this](const nats::Message& message) {
    desk_.took(message.subject, message.reply, message.payload);
  }));
  edge_.start([this](std::string_view frame) { from_edge(frame); }, [this](const Error& why) { stop_serving(why); });
  tick();
  return base::Done{};
}

void Daemon::from_edge(std::string_view frame) {
  auto message = seam::decode_frame<seam::edge::FromEdge>(frame);
  if (!message.ok()) return stop_serving(message.error());
  front_.took(std::move(*message));
}

Status Daemon::heard(const seam::launch::MintBearer& asked) {
  return supervisor_.send_message<ToSupervisor>(mint_bearer(services_, asked));
}

Status Daemon::heard(const seam::launch::MintLink& asked) {
  return supervisor_.send_message<ToSupervisor>(mint_link(services_, asked));
}

Status Daemon::heard(const seam::launch::MakeKey& asked) {
  const auto made = make_next_key(settings_.state);
  if (!made.ok()) return key_failed(asked.number, made.error());
  return supervisor_.send_message<ToSupervisor>(seam::launch::KeyMade{asked.number, crypto::to_text(*made)});
}

// Everybody believes the key that follows already. Who was started again meanwhile is asked once more, and may have
// followed before.
Status Daemon::heard(const seam::launch::UseKey& asked) {
  if (crypto::to_text(parts_.key.public_key()) != asked.key) {
    auto next = take_next_key(settings_.state, asked.key);
    if (!next.ok()) return key_failed(asked.number, next.error());
    parts_.key = std::move(next).value();
  }
  if (auto adopted = adopt_key(services_, asked.revoke); !adopted.ok()) {
    // What can't be recorded isn't done: no other row may be the new key's first.
    stop_serving(adopted.error());
    return key_failed(asked.number, adopted.error());
  }
  return supervisor_.send_message<ToSupervisor>(seam::launch::KeyUsed{asked.number, asked.key});
}

Status Daemon::key_failed(std::uint64_t number, const Error& why) {
  return supervisor_.send_message<ToSupervisor>(seam::launch::KeyFailed{number, why.code, why.message});
}

// An API that does not know what runs serves nobody.
Status Daemon::heard(const seam::launch::Running& running) {
  auto begun = took(services_, running);
  if (begun.ok()) begun = serve();
  if (!begun.ok()) stop_serving(begun.error());
  return begun;
}

Status Daemon::heard(const auto& report) {
  auto done = took(services_, report);
  X1_TRY(told, supervisor_.send_message<ToSupervisor>(seam::launch::Heard{}));
  return done;
}

void Daemon::from_supervisor(std::string_view frame) {
  auto message = seam::decode_frame<seam::launch::ToApi>(frame);
  if (!message.ok()) return stop_serving(message.error());
  const auto done = std::visit([this](const auto& kind) { return heard(kind); }, *message);
  if (!done.ok()) log_.error("supervisor.message", done.error());
}

Status Daemon::start(seam::launch::StartSession session) {
  return supervisor_.send_message<ToSupervisor>(std::move(session));
}

Status Daemon::stop(const SessionId& session) {
  return supervisor_.send_message<ToSupervisor>(seam::launch::StopSession{session.text(), false});
}

Status Daemon::kill(const SessionId& session) {
  return supervisor_.send_message<ToSupervisor>(seam::launch::StopSession{session.text(), true});
}

Status Daemon::resume(seam::launch::ResumeSession session) {
  return supervisor_.send_message<ToSupervisor>(std::move(session));
}

Status Daemon::resume(seam::launch::ResumeProvider provider) {
  return supervisor_.send_message<ToSupervisor>(std::move(provider));
}

// Announced once what they are about is committed and the present request has its answer: nobody is called from
// within a call of theirs.
void Daemon::event_added(const SessionId& session) {
  boost::asio::post(context_, [this, session] { streams_.event_added(session); });
}
void Daemon::member_left(const SessionId& session, const UserId& user) {
  // Before anything that is told of after it.
  boost::asio::post(context_, [this, session, user] { streams_.member_left(session, user); });
}
void Daemon::turn_waits(const SessionId& session) {
  boost::asio::post(context_, [this, session] { desk_.turn_waits(session); });
}
void Daemon::control_waits(const SessionId& session) {
  boost::asio::post(context_, [this, session] { sender_.send(session); });
}
void Daemon::logged_out(const std::string& token_hash) {
  boost::asio::post(context_, [this, token_hash] { streams_.logged_out(token_hash); });
}

void Daemon::tick() {
  sender_.retry();
  streams_.end_expired(clock_.now());
  timer_.expires_after(tick_every);
  timer_.async_wait([this](boost::system::error_code stopped) {
    if (!stopped) tick();
  });
}

void Daemon::stop_serving(const Error& why) {
  why_stopped_ = why;
  context_.stop();
}

}  // namespace x1::api
