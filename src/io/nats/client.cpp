#include "nats/client.hpp"

#include <nats/nats.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstring>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "nats/backlog.hpp"
#include "nats/login.hpp"

namespace x1::nats {
namespace {

namespace asio = boost::asio;
using base::Code;
using base::Error;

constexpr std::size_t max_requests = 1024;
constexpr std::chrono::milliseconds look_every{500};

struct FreeOptions {
  void operator()(natsOptions* options) const noexcept { natsOptions_Destroy(options); }
};
struct FreeConnection {
  void operator()(natsConnection* connection) const noexcept { natsConnection_Destroy(connection); }
};
struct FreeSubscription {
  void operator()(natsSubscription* subscription) const noexcept { natsSubscription_Destroy(subscription); }
};
struct FreeMessage {
  void operator()(natsMsg* message) const noexcept { natsMsg_Destroy(message); }
};

Error failed(std::string_view act, natsStatus status) {
  return Error{Code::unavailable, "The bus: " + std::string(act) + ": " + natsStatus_GetText(status) + ".",
               "is the platform running?"};
}

std::string owned(const char* text) { return text == nullptr ? std::string() : std::string(text); }

}  // namespace

// One subscription: where its messages go. libnats holds a raw pointer to it, so it lives as long as the client.
struct Subscriber {
  std::string subject;
  std::weak_ptr<void> alive;
  asio::io_context* context = nullptr;
  std::shared_ptr<Backlog> backlog;  // shared with what is posted
  Client::OnMessage on_message;
  std::unique_ptr<natsSubscription, FreeSubscription> subscription;
};

namespace {

// One connect asks for the token and then for the signature: both must be of one identity, and each connect has its
// own.
struct Connecting {
  Settings* settings = nullptr;
  Identity identity;
};

struct Link {
  std::unique_ptr<natsOptions, FreeOptions> options;
  std::unique_ptr<natsConnection, FreeConnection> connection;
};

}  // namespace

struct Client::State : std::enable_shared_from_this<State> {
  State(asio::io_context& io, Settings given) : context(io), settings(std::move(given)), look_again(io) {}

  asio::io_context& context;
  Settings settings;
  Connecting connecting{.settings = &settings, .identity = {}};
  std::shared_ptr<Backlog> backlog = std::make_shared<Backlog>();
  std::vector<std::unique_ptr<Subscriber>> subscribers;
  Link link;  // ends before what its callbacks point to
  asio::steady_timer look_again;
  std::optional<base::Result<Link>> opened;  // by the opener, and not taken yet
  bool opening = false;
  asio::thread_pool opener{1};  // connecting waits for the server, up to its timeout

  struct Waiting {
    OnAnswer on_answer;
    std::unique_ptr<asio::steady_timer> timer;
  };
  std::map<std::string, Waiting> waiting;  // by inbox
  std::uint64_t last_inbox = 0;

  void answered(const std::string& inbox, base::Result<std::string> answer) {
    auto found = waiting.extract(inbox);
    if (!found.empty()) found.mapped().on_answer(std::move(answer));
  }

  [[nodiscard]] base::Status subscribe(Subscriber& subscriber) const;
  void look();
  void renew();
  void take_opened();
};

namespace {

// The three callbacks of libnats. They run on its threads; nothing may be thrown out of them.
void on_message(natsConnection*, natsSubscription*, natsMsg* raw, void* closure) noexcept {
  const std::unique_ptr<natsMsg, FreeMessage> message(raw);
  const auto* subscriber = static_cast<Subscriber*>(closure);
  Message copy{owned(natsMsg_GetSubject(raw)), owned(natsMsg_GetReply(raw)),
               std::string(natsMsg_GetData(raw), static_cast<std::size_t>(natsMsg_GetDataLength(raw)))};
  const auto size = copy.payload.size();
  if (!subscriber->backlog->enter(size)) return;
  asio::post(*subscriber->context, [subscriber, size, backlog = subscriber->backlog, alive = subscriber->alive,
                                    copy = std::move(copy)]() mutable {
    backlog->leave(size);
    if (const auto held = alive.lock()) subscriber->on_message(std::move(copy));
  });
}

char* copied_for_libnats(const std::string& text) noexcept { return strdup(text.c_str()); }

natsStatus on_jwt(char** jwt, char** error, void* closure) noexcept {
  auto* connecting = static_cast<Connecting*>(closure);
  auto identity = connecting->settings->identity();
  if (!identity.ok()) {
    *error = copied_for_libnats(identity.error().message);
    return NATS_ERR;
  }
  connecting->identity = std::move(*identity);
  *jwt = copied_for_libnats(connecting->identity.jwt);
  return *jwt == nullptr ? NATS_NO_MEMORY : NATS_OK;
}

natsStatus on_nonce(char**, unsigned char** signature, int* size, const char* nonce, void* closure) noexcept {
  return nats_Sign(static_cast<Connecting*>(closure)->identity.seed.c_str(), nonce, signature, size);
}

// There when the first connect succeeds; giving it makes connecting go on in the background.
void on_connected(natsConnection*, void*) noexcept {}

natsStatus configure(natsOptions* options, const Settings& settings, Connecting& connecting, const std::string& url) {
  natsStatus status = natsOptions_SetURL(options, url.c_str());
  const auto also = [&](natsStatus next) { status = status == NATS_OK ? next : status; };
  also(natsOptions_SetName(options, settings.name.c_str()));
  also(natsOptions_SetCustomInboxPrefix(options, settings.inbox_prefix.c_str()));
  also(natsOptions_SetUserCredentialsCallbacks(options, on_jwt, &connecting, on_nonce, &connecting));
  // Answers are small and waited for: gathering them into larger writes would only make everybody wait.
  also(natsOptions_SetSendAsap(options, true));
  also(natsOptions_SetTimeout(options, 5'000));
  also(natsOptions_SetPingInterval(options, 20'000));
  also(natsOptions_SetAllowReconnect(options, true));
  also(natsOptions_SetMaxReconnect(options, -1));
  also(natsOptions_SetReconnectWait(options, 250));
  also(natsOptions_SetReconnectJitter(options, 100, 100));
  also(natsOptions_SetRetryOnFailedConnect(options, true, on_connected, nullptr));
  also(natsOptions_SetMaxPendingMsgs(options, static_cast<int>(Backlog::max_messages)));
  // Nothing is buffered while the bus is away: who asks is told, and asks again.
  also(natsOptions_SetReconnectBufSize(options, 0));
  return status;
}

base::Result<Link> open_link(const Settings& settings, Connecting& connecting) {
  Link link;
  natsOptions* made = nullptr;
  if (const auto status = natsOptions_Create(&made); status != NATS_OK) return failed("options", status);
  link.options.reset(made);
  if (const auto status = configure(made, settings, connecting, "nats://" + settings.address); status != NATS_OK) {
    return failed("options", status);
  }
  natsConnection* opened = nullptr;
  const auto status = log_in(&opened, made);
  link.connection.reset(opened);
  if (status != NATS_OK && status != NATS_NOT_YET_CONNECTED) return failed("connect", status);
  return link;
}

}  // namespace

// On a connection that is closed already it counts as done: renew() will do it.
base::Status Client::State::subscribe(Subscriber& subscriber) const {
  natsSubscription* subscription = nullptr;
  const auto status = natsConnection_Subscribe(&subscription, link.connection.get(), subscriber.subject.c_str(),
                                               on_message, &subscriber);
  if (status == NATS_CONNECTION_CLOSED) return base::Done{};
  if (status != NATS_OK) return failed("subscribe", status);
  subscriber.subscription.reset(subscription);
  natsSubscription_SetPendingLimits(subscription, static_cast<int>(Backlog::max_messages),
                                    static_cast<int>(Backlog::max_bytes));
  return base::Done{};
}

// libnats closes a connection for good when a server refuses it twice for the same reason, or says an error that
// libnats does not know, as it does to whom a loaded machine made late: with that we would be off the bus and not know.
// It is looked for instead of listened for, because libnats may still call what it was given after the connection was
// destroyed.
void Client::State::look() {
  look_again.expires_after(look_every);
  look_again.async_wait([weak = weak_from_this()](boost::system::error_code stopped) {
    const auto held = weak.lock();
    if (stopped || held == nullptr) return;
    auto* connection = held->link.connection.get();
    if (!held->opening && (connection == nullptr || natsConnection_IsClosed(connection))) held->renew();
    held->look();
  });
}

// What fails here is tried again at the next look.
void Client::State::renew() {
  for (auto& subscriber : subscribers)
    subscriber->subscription.reset();
  link.connection.reset();
  opening = true;
  // The client's end waits for it, so this outlives no member.
  asio::post(opener, [this] {
    opened.emplace(open_link(settings, connecting));
    asio::post(context, [weak = weak_from_this()] {
      if (const auto held = weak.lock()) held->take_opened();
    });
  });
}

void Client::State::take_opened() {
  opening = false;
  auto made = std::exchange(opened, std::nullopt);
  if (!made || !made->ok()) return;
  link = std::move(*made).value();
  for (auto& subscriber : subscribers) {
    if (subscribe(*subscriber).ok()) continue;
    for (auto& each : subscribers)
      each->subscription.reset();
    return link.connection.reset();
  }
}

Client::Client(std::shared_ptr<State> state) : state_(std::move(state)) {}

Client::~Client() {
  state_->opener.join();
  // Ends libnats' use of the subscribers before they go.
  for (auto& subscriber : state_->subscribers)
    subscriber->subscription.reset();
  if (state_->link.connection != nullptr) natsConnection_Close(state_->link.connection.get());
  state_->link.connection.reset();
  state_->opened.reset();
  state_->waiting.clear();
}

base::Result<std::unique_ptr<Client>> Client::connect(asio::io_context& context, Settings settings) {
  auto state = std::make_shared<State>(context, std::move(settings));
  X1_TRY(opened, open_link(state->settings, state->connecting));
  state->link = std::move(opened);
  auto client = std::make_unique<Client>(state);
  X1_TRY(heard, client->hear_answers());
  state->look();
  return client;
}

base::Status Client::hear_answers() {
  return subscribe(state_->settings.inbox_prefix + ".r.*", [weak = std::weak_ptr<State>(state_)](Message message) {
    if (const auto held = weak.lock()) held->answered(message.subject, std::move(message.payload));
  });
}

base::Status Client::subscribe(const std::string& subject, OnMessage on_message_given) {
  auto& subscriber = *state_->subscribers.emplace_back(std::make_unique<Subscriber>());
  subscriber.subject = subject;
  subscriber.alive = state_;
  subscriber.context = &state_->context;
  subscriber.backlog = state_->backlog;
  subscriber.on_message = std::move(on_message_given);
  return state_->subscribe(subscriber);
}

base::Status Client::publish(const std::string& subject, const std::string& payload) {
  const auto status = natsConnection_Publish(state_->link.connection.get(), subject.c_str(), payload.data(),
                                             static_cast<int>(payload.size()));
  if (status != NATS_OK) return failed("publish", status);
  return base::Done{};
}

void Client::request(const std::string& subject, const std::string& payload, std::chrono::milliseconds deadline,
                     OnAnswer on_answer) {
  if (state_->waiting.size() >= max_requests) {
    return on_answer(Error{Code::too_many, "Too many requests wait for an answer from the bus.", "try again"});
  }
  const auto inbox = state_->settings.inbox_prefix + ".r." + std::to_string(++state_->last_inbox);
  const auto status = natsConnection_PublishRequest(state_->link.connection.get(), subject.c_str(), inbox.c_str(),
                                                    payload.data(), static_cast<int>(payload.size()));
  if (status != NATS_OK) return on_answer(failed("request", status));
  auto timer = std::make_unique<asio::steady_timer>(state_->context, deadline);
  timer->async_wait([weak = std::weak_ptr<State>(state_), inbox](boost::system::error_code stopped) {
    const auto held = weak.lock();
    if (stopped || held == nullptr) return;
    held->answered(inbox, Error{Code::timed_out, "Nobody answered on the bus in time.", "try again"});
  });
  state_->waiting.emplace(inbox, State::Waiting{std::move(on_answer), std::move(timer)});
}

bool Client::connected() const {
  return natsConnection_Status(state_->link.connection.get()) == NATS_CONN_STATUS_CONNECTED;
}

}  // namespace x1::nats
