#include "nats/login.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

#include "base/encoding.hpp"
#include "nats/credentials.hpp"
#include "wire/nkey.hpp"

namespace x1::nats {
namespace {

// A bus that greets each connection with the next nonce, and takes whoever shows any signature.
class Bus {
 public:
  explicit Bus(std::vector<std::string> nonces)
      : nonces_(std::move(nonces)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_, 4) == 0);
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    url_ = "nats://127.0.0.1:" + std::to_string(::ntohs(address.sin_port));
    thread_ = std::thread([this] {
      for (const auto& nonce : nonces_)
        greet(nonce);
    });
  }
  ~Bus() {
    ::shutdown(listener_, SHUT_RDWR);  // wakes an accept that nobody came to
    thread_.join();
    ::close(listener_);
  }
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  void greet(const std::string& nonce) const {
    const int client = ::accept(listener_, nullptr, nullptr);
    if (client < 0) return;
    say(client, "INFO {\"server_id\":\"x\",\"version\":\"2.9.10\",\"proto\":1,\"auth_required\":true,\"nonce\":\"" +
                    nonce + "\",\"max_payload\":1048576} \r\n");
    std::string heard;
    for (std::array<char, 4096> buffer{}; heard.find("PING\r\n") == std::string::npos;) {
      const auto got = ::read(client, buffer.data(), buffer.size());
      if (got <= 0) break;
      heard.append(buffer.data(), static_cast<std::size_t>(got));
    }
    say(client, heard.find("\"sig\":\"") == std::string::npos ? "-ERR 'Authorization Violation'\r\n" : "PONG\r\n");
    ::close(client);
  }
  static void say(int client, const std::string& text) { static_cast<void>(::write(client, text.data(), text.size())); }

  std::vector<std::string> nonces_;
  int listener_;
  std::string url_;
  std::thread thread_;
};

// A nonce whose signature by this key begins with a zero byte, or with another.
std::string nonce_for(const crypto::SigningKey& key, bool zero) {
  for (int number = 0;; ++number) {
    auto nonce = "nonce" + std::to_string(number);
    if ((key.sign(base::as_bytes(nonce)).front() == 0) == zero) return nonce;
  }
}

natsStatus log_in_at(const Bus& bus, const Credentials& credentials) {
  natsOptions* options = nullptr;
  REQUIRE(natsOptions_Create(&options) == NATS_OK);
  natsOptions_SetURL(options, bus.url().c_str());
  natsOptions_SetAllowReconnect(options, false);
  credentials.use_for(options);
  natsConnection* connection = nullptr;
  const auto status = log_in(&connection, options);
  natsConnection_Destroy(connection);
  natsOptions_Destroy(options);
  return status;
}

}  // namespace

TEST_CASE("a signature that libnats leaves out is made again for another nonce, and not for ever") {
  const auto key = crypto::SigningKey::generate().value();
  const auto text = wire::nkey::credentials("jwt", key).value();
  const auto credentials = Credentials::parse(base::as_text(text.expose())).value();
  const auto left_out = nonce_for(key, true);
  CHECK(log_in_at(Bus({nonce_for(key, false)}), credentials) == NATS_OK);
  CHECK(log_in_at(Bus({left_out, left_out, nonce_for(key, false)}), credentials) == NATS_OK);
  CHECK(log_in_at(Bus({left_out, left_out, left_out, left_out}), credentials) == NATS_CONNECTION_AUTH_FAILED);
}

}  // namespace x1::nats
