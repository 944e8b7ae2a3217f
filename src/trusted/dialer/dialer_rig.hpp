// The real dialer with an authority of its own; the test is its broker and its resolver. Included by tests only.
#pragma once

#include <doctest/doctest.h>

#include <deque>

#include "base/encoding.hpp"
#include "dialer/dialer.hpp"
#include "dialer/tls_server.hpp"
#include "os/socket.hpp"
#include "os/system_clock.hpp"
#include "wire/json.hpp"

namespace x1::dialer::testing {

using seam::dialer::Answer;
using seam::dialer::Failed;
using wire::Value;

inline const Identity& authority() {
  static const Identity made("test authority", "", nullptr);
  return made;
}
inline const Identity& server_identity() {
  static const Identity made("cal.example.org", "DNS:cal.example.org,IP:127.0.0.1", &authority());
  return made;
}

inline const std::string password = "correct-horse&battery/staple?";

inline std::string ok_answer(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

class Rig {
 public:
  Rig() : broker_ends_(os::socket_pair().value()), resolver_ends_(os::socket_pair().value()) {
    auto key = crypto::BoxKey::generate().value();
    public_key_ = key.public_key();
    broker_.emplace(context, std::move(broker_ends_.first));
    resolver_.emplace(context, std::move(resolver_ends_.first));
    dialer_.emplace(context, std::move(key), dialer::Trust(""), std::move(broker_ends_.second),
                    std::move(resolver_ends_.second), log_, [] {});
    dialer_->start();
    broker_->start(
        [this](std::string_view frame) {
          heard_.push_back(seam::decode_frame<seam::dialer::FromDialer>(frame).value());
        },
        [](const base::Error&) {});
    resolver_->start(
        [this](std::string_view frame) {
          const auto asked = seam::decode_frame<seam::dialer::ToResolver>(frame).value();
          const auto& lookup = std::get<seam::dialer::Lookup>(asked);
          looked_up.push_back(lookup.host);
          (void)resolver_->send_message<seam::dialer::FromResolver>(seam::dialer::Found{lookup.id, addresses});
        },
        [](const base::Error&) {});
  }

  // A request to `host` at the server's port, with everything in order; then what a test changes.
  wire::PlannedRequest request(std::uint16_t port, std::string host = "cal.example.org") {
    origin = {wire::Scheme::https, std::move(host), port};
    confirmed = {"127.0.0.1:" + std::to_string(port)};
    return {.method = wire::Method::get, .origin = origin, .target = "/ada/", .headers = {}, .body = ""};
  }

  seam::dialer::Dial dial(const wire::PlannedRequest& planned) {
    Value::Object members{{"version", 1},
                          {"origin", wire::to_string(origin)},
                          {"base_path", "/ada/"},
                          {"user", user},
                          {"password", password},
                          {"confirmed", Value::Array(confirmed.begin(), confirmed.end())},
                          {"request", crypto::to_hex(wire::digest_of(planned))}};
    if (!ca.empty()) members.emplace("ca", ca);
    const auto text = wire::canonical_json(Value(members));
    return {.id = ++last_,
            .request = planned,
            .credential = crypto::seal(crypto::Secret::copy_of(base::as_bytes(text)).value(), public_key_),
            .deadline_ms = deadline_ms,
            .max_body_bytes = 100'000,
            .lane = lane};
  }

  void send(const seam::dialer::Dial& order) { REQUIRE(broker_->send_message<seam::dialer::ToDialer>(order).ok()); }
  void cancel() { REQUIRE(broker_->send_message<seam::dialer::ToDialer>(seam::dialer::Cancel{last_}).ok()); }

  void hang_up() { REQUIRE(broker_->send_message<seam::dialer::ToDialer>(seam::dialer::HangUp{}).ok()); }

  template <class Condition>
  void until(Condition done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done()) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      context.run_one_for(std::chrono::milliseconds(50));
    }
  }
  seam::dialer::FromDialer outcome() {
    until([&] { return !heard_.empty(); });
    auto message = std::move(heard_.front());
    heard_.pop_front();
    return message;
  }
  Answer answer(const seam::dialer::Dial& order) {
    send(order);
    const auto message = outcome();
    if (const auto* failed = std::get_if<Failed>(&message)) FAIL(failed->message);
    return std::get<Answer>(message);
  }
  Failed failure(const seam::dialer::Dial& order) {
    send(order);
    const auto message = outcome();
    REQUIRE(std::holds_alternative<Failed>(message));
    return std::get<Failed>(message);
  }

  asio::io_context context{1};
  std::vector<std::string> addresses{"127.0.0.1"};
  std::vector<std::string> looked_up;
  wire::Origin origin;
  std::vector<std::string> confirmed;
  std::string ca = authority().pem();
  std::string user = "ada";
  std::uint32_t deadline_ms = 5000;
  std::string lane;  // of the broker: connections are not shared without one

 private:
  os::SystemClock clock_;
  log::Log log_{"dialer-test", clock_};
  std::pair<os::Fd, os::Fd> broker_ends_;
  std::pair<os::Fd, os::Fd> resolver_ends_;
  crypto::BoxPublicKey public_key_;
  std::optional<net::SeamChannel> broker_;
  std::optional<net::SeamChannel> resolver_;
  std::optional<dialer::Dialer> dialer_;
  std::deque<seam::dialer::FromDialer> heard_;
  std::uint64_t last_ = 0;
};

}  // namespace x1::dialer::testing
