#include "nats/client.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <latch>
#include <thread>

#include "base/encoding.hpp"
#include "nats/backlog.hpp"
#include "wire/nkey.hpp"

namespace x1::nats {
namespace {

// A bus that takes the first login and drops it when it has heard of the subscriptions, refuses the next two for the
// same reason, and takes the fourth once it is let: until then it says nothing on that one.
class FickleBus {
 public:
  FickleBus() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_, 8) == 0);
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    address_ = "127.0.0.1:" + std::to_string(::ntohs(address.sin_port));
    thread_ = std::thread([this] {
      serve("PONG\r\n", "SUB words ");
      serve("-ERR 'Authorization Violation'\r\n", "");
      serve("-ERR 'Authorization Violation'\r\n", "");
      stalls_ = true;
      if (serve("PONG\r\n", "SUB words ")) heard_again_ = true;
    });
  }
  ~FickleBus() {
    if (!let_in_.try_wait()) let_in();
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  FickleBus(const FickleBus&) = delete;
  FickleBus& operator=(const FickleBus&) = delete;
  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] bool heard_again() const { return heard_again_; }
  [[nodiscard]] bool asked_again() const { return asked_again_; }
  void let_in() { let_in_.count_down(); }

 private:
  // One connection, until `mark` was heard after the login's answer, or to its end. Whether it was heard.
  [[nodiscard]] static bool hear(int client, std::string& heard, std::string_view mark) {
    std::array<char, 4096> buffer{};
    while (heard.find(mark) == std::string::npos) {
      const auto got = ::read(client, buffer.data(), buffer.size());
      if (got <= 0) return false;
      heard.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return true;
  }
  static void say(int client, std::string_view text) {
    static_cast<void>(::send(client, text.data(), text.size(), MSG_NOSIGNAL));
  }
  bool serve(std::string_view answer, std::string_view mark) {
    const int client = ::accept(listener_, nullptr, nullptr);
    if (client < 0) return false;
    if (stalls_) {
      asked_again_ = true;
      let_in_.wait();
    }
    say(client,
        "INFO {\"server_id\":\"x\",\"version\":\"2.9.10\",\"proto\":1,\"auth_required\":true,\"nonce\":\"n\","
        "\"max_payload\":1048576} \r\n");
    std::string heard;
    bool good = hear(client, heard, "PING\r\n");
    say(client, answer);
    good = good && hear(client, heard, mark);
    ::close(client);
    return good;
  }

  int listener_;
  std::string address_;
  bool stalls_ = false;
  std::atomic<bool> asked_again_ = false;
  std::latch let_in_{1};
  std::atomic<bool> heard_again_ = false;
  std::thread thread_;
};

}  // namespace

TEST_CASE("what waits for the loop is bounded in number and in bytes") {
  Backlog backlog;
  for (std::size_t i = 0; i < Backlog::max_messages; ++i)
    REQUIRE(backlog.enter(1));
  CHECK_FALSE(backlog.enter(1));
  backlog.leave(1);
  CHECK(backlog.enter(1));
  for (std::size_t i = 0; i < Backlog::max_messages; ++i)
    backlog.leave(1);
  CHECK(backlog.enter(Backlog::max_bytes));
  CHECK_FALSE(backlog.enter(1));
  backlog.leave(Backlog::max_bytes);
  CHECK(backlog.enter(1));
}

TEST_CASE("a client that libnats gave up for good comes back, with its subscriptions, and the loop goes on meanwhile") {
  FickleBus bus;
  const auto user = crypto::SigningKey::generate().value();
  const auto seed = wire::nkey::seed_text(wire::nkey::Role::user, user).value();
  const Identity identity{"jwt", std::string(base::as_text(seed.expose()))};
  boost::asio::io_context context;
  auto client = Client::connect(
      context, {.address = bus.address(), .name = "test", .inbox_prefix = "_INBOX.test", .identity = [&] {
                  return base::Result<Identity>(identity);
                }});
  REQUIRE(client.ok());
  REQUIRE((*client)->subscribe("words", [](const Message&) {}).ok());
  const auto before = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  // A loop that waited for the silent bus would come here only after its connect has timed out, and the bus with it.
  while (!bus.asked_again() && std::chrono::steady_clock::now() < before)
    context.run_for(std::chrono::milliseconds(50));
  CHECK(bus.asked_again());
  bus.let_in();
  while (!bus.heard_again() && std::chrono::steady_clock::now() < before)
    context.run_for(std::chrono::milliseconds(50));
  CHECK(bus.heard_again());
}

}  // namespace x1::nats
