#include "provider/serve.hpp"

#include <nats/nats.h>
#include <charconv>
#include <memory>
#include <span>

#include "base/id.hpp"
#include "nats/credentials.hpp"
#include "nats/login.hpp"
#include "os/file.hpp"

namespace x1::provider {
namespace {

constexpr std::int64_t connect_timeout_ms = 5'000;
constexpr std::int64_t reconnect_wait_ms = 250;
constexpr std::int64_t wait_ms = 60'000;

struct Destroy {
  void operator()(natsOptions* p) const { natsOptions_Destroy(p); }
  void operator()(natsConnection* p) const { natsConnection_Destroy(p); }
  void operator()(natsSubscription* p) const { natsSubscription_Destroy(p); }
  void operator()(natsMsg* p) const { natsMsg_Destroy(p); }
};
template <class T>
using Owned = std::unique_ptr<T, Destroy>;

base::Error bus_error(std::string_view what, natsStatus status) {
  return base::Error{base::Code::unavailable, std::string(what) + ": " + natsStatus_GetText(status) + ".", ""};
}

// Each call of libnats that makes something has this shape.
template <class T, class Make>
base::Result<Owned<T>> make(std::string_view what, Make make_it) {
  T* raw = nullptr;
  const natsStatus status = make_it(&raw);
  if (status != NATS_OK) return bus_error(what, status);
  return Owned<T>(raw);
}

base::Result<Owned<natsConnection>> connect(const Options& options, const nats::Credentials& credentials) {
  X1_TRY(settings, make<natsOptions>("Preparing the bus connection failed", natsOptions_Create));
  natsOptions_SetURL(settings.get(), options.bus.c_str());
  natsOptions_SetTimeout(settings.get(), connect_timeout_ms);
  natsOptions_SetSendAsap(settings.get(), true);
  natsOptions_SetMaxReconnect(settings.get(), -1);
  // The bus may be on its way just when the next connection is made.
  natsOptions_SetRetryOnFailedConnect(settings.get(), true, nullptr, nullptr);
  natsOptions_SetReconnectWait(settings.get(), reconnect_wait_ms);
  natsOptions_SetName(settings.get(), options.domain.c_str());
  credentials.use_for(settings.get());
  return make<natsConnection>("The bus could not be reached",
                              [&](natsConnection** connection) { return nats::log_in(connection, settings.get()); });
}

std::string answer_to(natsMsg* message, const Handler& handler) {
  const std::string_view json(natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message)));
  const auto call = parse_call(json);
  if (!call.ok()) return encode_reply(Failed{base::Code::invalid_request, call.error().message});
  return encode_reply(handler(*call));
}

base::Status reply(natsConnection* connection, natsMsg* message, const std::string& text) {
  const auto status =
      natsConnection_Publish(connection, natsMsg_GetReply(message), text.data(), static_cast<int>(text.size()));
  return status == NATS_OK ? base::Status(base::Done{}) : bus_error("The bus did not take an answer", status);
}

// What the bus has handed over already is answered on this connection; what is asked from here on finds nobody, and is
// asked again by the broker.
void answer_the_rest(natsConnection* connection, natsSubscription* subscription, const Handler& handler) {
  natsSubscription_Drain(subscription);
  natsMsg* raw = nullptr;
  while (natsSubscription_NextMsg(&raw, subscription, connect_timeout_ms) == NATS_OK) {
    const Owned<natsMsg> message(raw);
    if (natsMsg_GetReply(raw) != nullptr) static_cast<void>(reply(connection, raw, answer_to(raw, handler)));
  }
  natsConnection_FlushTimeout(connection, connect_timeout_ms);
}

// Serves with one connection, until the broker brings a JWT for the next. A message of the subject `renew` without a
// payload asks for the present one, with a payload it is the next.
base::Result<std::string> serve_until_renewed(const Options& options, const nats::Credentials& credentials,
                                              const Handler& handler) {
  X1_TRY(connection, connect(options, credentials));
  const std::string subjects = "x1.provider." + options.session + "." + options.domain + ".";
  X1_TRY(subscription, make<natsSubscription>("Listening on the bus failed", [&](natsSubscription** made) {
           return natsConnection_SubscribeSync(made, connection.get(), (subjects + "*").c_str());
         }));
  for (;;) {
    natsMsg* raw = nullptr;
    const natsStatus status = natsSubscription_NextMsg(&raw, subscription.get(), wait_ms);
    if (status == NATS_TIMEOUT) continue;
    if (status != NATS_OK) return bus_error("The bus is gone", status);
    const Owned<natsMsg> message(raw);
    if (natsMsg_GetReply(raw) == nullptr) continue;  // nobody to answer
    if (natsMsg_GetSubject(raw) != subjects + "renew") {
      // An answer that the bus did not take is missed by whoever asked, and nobody else.
      static_cast<void>(reply(connection.get(), raw, answer_to(raw, handler)));
      continue;
    }
    std::string next(natsMsg_GetData(raw), static_cast<std::size_t>(natsMsg_GetDataLength(raw)));
    if (next.empty()) {
      static_cast<void>(reply(connection.get(), raw, credentials.jwt()));
      continue;
    }
    X1_TRY(taken, reply(connection.get(), raw, "ok"));
    answer_the_rest(connection.get(), subscription.get(), handler);
    return next;
  }
}

}  // namespace

base::Result<Options> options_from(int argc, char** argv, std::string domain) {
  const base::Error usage{base::Code::invalid_request, "Usage: --session ID --credentials FD [--bus URL]", ""};
  Options options;
  options.domain = std::move(domain);
  int descriptor = -1;
  const std::span<char*> words(argv, static_cast<std::size_t>(argc));
  for (std::size_t i = 1; i + 1 < words.size(); i += 2) {
    const std::string_view name = words[i];
    const std::string_view value = words[i + 1];
    if (name == "--session" && base::is_id_text(value)) {
      options.session = value;
    } else if (name == "--bus") {
      options.bus = value;
    } else if (name == "--credentials") {
      std::from_chars(std::to_address(value.begin()), std::to_address(value.end()), descriptor);
    } else {
      return usage;
    }
  }
  if (words.size() % 2 == 0 || options.session.empty() || descriptor < 0) return usage;
  X1_TRY(credentials, os::read_all(descriptor, 64 * 1024));
  options.credentials = std::move(credentials);
  return options;
}

base::Status serve(const Options& options, const Handler& handler) {
  X1_TRY(credentials, nats::Credentials::parse(options.credentials));
  for (;;) {
    X1_TRY(jwt, serve_until_renewed(options, credentials, handler));
    credentials = credentials.renewed(std::move(jwt));
  }
}

}  // namespace x1::provider
