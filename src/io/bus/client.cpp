#include "bus/client.hpp"

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <map>
#include <vector>

#include "base/encoding.hpp"
#include "bus/requests.hpp"
#include "wire/nats.hpp"

namespace x1::bus {

namespace asio = boost::asio;
using base::Code;
using base::Error;

namespace {

constexpr std::chrono::milliseconds first_pause{20};
constexpr std::chrono::milliseconds longest_pause{2'000};
constexpr std::uint64_t inbox_subscription = 1;

Error gone() { return Error{Code::unavailable, "The bus is not reachable now.", ""}; }

}  // namespace

struct Client::State : std::enable_shared_from_this<State> {
  State(asio::io_context& context, Settings chosen, wire::nkey::Credentials creds)
      : settings(std::move(chosen)),
        credentials(std::move(creds)),
        socket(context),
        pause_timer(context),
        deadline_timer(context),
        requests(settings.inbox_prefix) {}

  void connect() {
    boost::system::error_code bad;
    const auto address = asio::ip::make_address(settings.host, bad);
    if (bad || ended) return;
    socket = asio::ip::tcp::socket(socket.get_executor());
    reader = wire::nats::Reader();
    socket.async_connect({address, settings.port}, [self = shared_from_this()](boost::system::error_code error) {
      if (error) return self->lost();
      self->socket.set_option(asio::ip::tcp::no_delay(true), error);
      self->read();
    });
  }

  void read() {
    socket.async_read_some(asio::buffer(buffer),
                           [self = shared_from_this()](boost::system::error_code error, std::size_t got) {
                             if (error || self->ended) return self->lost();
                             self->took(std::string_view(self->buffer.data(), got));
                           });
  }

  void took(std::string_view bytes) {
    auto frames = reader.feed(bytes);
    if (!frames.ok()) return lost();
    for (auto& frame : *frames) {
      std::visit([this](auto& kind) { take(kind); }, frame);
      if (ended) return;
    }
    if (socket.is_open()) read();
  }

  // The server's greeting: say who we are, then what we listen to, then what waited for the connection.
  void take(wire::nats::Info& info) {
    if (ready) return;
    max_payload = static_cast<std::size_t>(info.max_payload);
    const auto signature = credentials.user.sign(base::as_bytes(info.nonce));
    ready = true;
    pause = first_pause;
    auto waited = std::exchange(queued, {});
    queued_bytes = 0;
    write(wire::nats::connect(settings.name, credentials.jwt, base::base64url_encode(signature)));
    write(wire::nats::subscribe(settings.inbox_prefix + ".*", inbox_subscription));
    for (const auto& [number, served] : served_subjects)
      write(wire::nats::subscribe(served.subject, number));
    for (auto& bytes : waited)
      write(std::move(bytes));
  }

  void take(wire::nats::Message& message) {
    if (message.subscription == inbox_subscription) {
      const auto then = requests.take(message.subject);
      if (!then) return;
      if (wire::nats::says_no_responders(message)) {
        return then(Error{Code::unavailable, "Nobody on the bus answers to this now.", ""});
      }
      return then(std::move(message.payload));
    }
    const auto served = served_subjects.find(message.subscription);
    if (served != served_subjects.end()) served->second.then(std::move(message.payload), std::move(message.reply));
  }
  void take(wire::nats::Ping&) { write(wire::nats::pong()); }
  void take(wire::nats::Pong&) {}
  void take(wire::nats::Ok&) {}
  // An authorisation that ran out, or a subject that is not ours: the server closes, or the request times out.
  void take(wire::nats::ServerError&) {}

  void write(std::string bytes) {
    queued_bytes += bytes.size();
    queued.push_back(std::move(bytes));
    if (ready && writing.empty()) flush();
  }

  void flush() {
    writing = std::exchange(queued, {});
    queued_bytes = 0;
    std::vector<asio::const_buffer> parts;
    parts.reserve(writing.size());
    for (const auto& bytes : writing)
      parts.emplace_back(asio::buffer(bytes));
    asio::async_write(socket, parts, [self = shared_from_this()](boost::system::error_code error, std::size_t) {
      self->writing.clear();
      if (error || self->ended) return;  // the reader notices the loss
      if (self->ready && !self->queued.empty()) self->flush();
    });
  }

  void lost() {
    if (ended) return;
    boost::system::error_code ignored;
    socket.close(ignored);
    if (std::exchange(ready, false)) {
      queued.clear();
      queued_bytes = 0;
      for (const auto& then : requests.take_all())
        then(gone());
      if (ended) return;
    }
    pause_timer.expires_after(pause);
    pause = std::min(pause * 2, longest_pause);
    pause_timer.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (!error) self->connect();
    });
  }

  void await_deadlines() {
    const auto next = requests.next_deadline();
    if (!next || ended) return;
    deadline_timer.expires_at(*next);
    deadline_timer.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (error || self->ended) return;
      for (const auto& then : self->requests.take_late(std::chrono::steady_clock::now())) {
        then(Error{Code::timed_out, "Nobody on the bus answered in time.", ""});
      }
      self->await_deadlines();
    });
  }

  void end() {
    ended = true;
    boost::system::error_code ignored;
    socket.close(ignored);
    pause_timer.cancel();
    deadline_timer.cancel();
    served_subjects.clear();
    static_cast<void>(requests.take_all());
  }

  struct Served {
    std::string subject;
    OnRequest then;
  };

  Settings settings;
  wire::nkey::Credentials credentials;
  asio::ip::tcp::socket socket;
  asio::steady_timer pause_timer;
  asio::steady_timer deadline_timer;
  Requests requests;
  wire::nats::Reader reader;
  std::array<char, 64 * 1024> buffer{};
  std::map<std::uint64_t, Served> served_subjects;
  std::uint64_t last_subscription = inbox_subscription;
  std::vector<std::string> queued;
  std::vector<std::string> writing;
  std::size_t queued_bytes = 0;
  std::size_t max_payload = 1 << 20;
  std::chrono::milliseconds pause = first_pause;
  bool ready = false;  // greeted, and introduced
  bool ended = false;
};

Client::Client(asio::io_context& context, Settings settings, wire::nkey::Credentials credentials)
    : state_(std::make_shared<State>(context, std::move(settings), std::move(credentials))) {}

Client::~Client() { state_->end(); }

void Client::start() { state_->connect(); }

void Client::request(std::string subject, std::string payload, base::Duration deadline, OnAnswer then) {
  auto refuse = [&](Code code, std::string message) {
    asio::post(state_->socket.get_executor(),
               [then = std::move(then), error = Error{code, std::move(message), ""}] { then(error); });
  };
  if (payload.size() > state_->max_payload) return refuse(Code::too_large, "The message is larger than the bus takes.");
  if (state_->requests.size() >= most_requests || state_->queued_bytes + payload.size() > most_queued_bytes) {
    return refuse(Code::too_many, "Too much waits for the bus.");
  }
  const auto reply = state_->requests.add(std::chrono::steady_clock::now() + deadline, std::move(then));
  state_->write(wire::nats::publish(subject, reply, payload));
  state_->await_deadlines();
}

void Client::serve(std::string subject, OnRequest then) {
  const auto number = ++state_->last_subscription;
  if (state_->ready) state_->write(wire::nats::subscribe(subject, number));
  state_->served_subjects.emplace(number, State::Served{std::move(subject), std::move(then)});
}

const std::string& Client::jwt() const noexcept { return state_->credentials.jwt; }

void Client::renew(std::string jwt) { state_->credentials.jwt = std::move(jwt); }

void Client::reconnect() {
  // The reader notices it, and goes on as after any loss.
  boost::system::error_code ignored;
  state_->socket.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
}

void Client::answer(const std::string& reply, std::string payload) {
  if (!state_->ready || payload.size() > state_->max_payload) return;
  if (state_->queued_bytes + payload.size() > most_queued_bytes) return;
  state_->write(wire::nats::publish(reply, "", payload));
}

}  // namespace x1::bus
