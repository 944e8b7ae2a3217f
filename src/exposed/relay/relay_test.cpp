#include "relay/relay.hpp"

#include <doctest/doctest.h>

#include <array>
#include <boost/asio/write.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "os/system_clock.hpp"

using namespace x1;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

struct Rig {
  asio::io_context context{1};
  os::SystemClock clock;
  log::Log log{"relay-test", clock};
  tcp::acceptor bus{context, {asio::ip::address_v4::loopback(), 0}};
  tcp::endpoint inside;
  std::optional<relay::Relay> relay;

  Rig() {
    tcp::acceptor listener(context, {asio::ip::address_v4::loopback(), 0});
    inside = listener.local_endpoint();
    bus.non_blocking(true);
    relay.emplace(context, os::Fd(listener.release()), bus.local_endpoint(), log);
    relay->start();
  }

  template <class Condition>
  void until(Condition done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done()) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      context.run_one_for(std::chrono::milliseconds(5));
    }
  }
  tcp::socket connect() {
    tcp::socket socket(context);
    socket.connect(inside);
    socket.non_blocking(true);
    return socket;
  }
  tcp::socket accepted() {
    tcp::socket socket(context);
    until([&] {
      boost::system::error_code error;
      bus.accept(socket, error);
      return !error;
    });
    socket.non_blocking(true);
    return socket;
  }
  // Reads until `size` bytes have come, or the end; writes `to_write` to `writer` meanwhile.
  std::string carry(tcp::socket& reader, std::size_t size, tcp::socket* writer = nullptr, std::string to_write = {}) {
    std::string got;
    bool ended = false;
    until([&] {
      boost::system::error_code error;
      if (writer != nullptr && !to_write.empty()) {
        to_write.erase(0, writer->write_some(asio::buffer(to_write), error));
      }
      std::array<char, 4096> buffer{};
      const auto some = reader.read_some(asio::buffer(buffer), error);
      got.append(buffer.data(), some);
      ended = error && error != asio::error::would_block;
      return ended || got.size() >= size;
    });
    return got;
  }
};

}  // namespace

TEST_CASE("bytes go both ways unchanged, more of them than any buffer holds") {
  Rig rig;
  auto provider = rig.connect();
  auto bus = rig.accepted();
  std::string long_text;
  for (int i = 0; i < 300'000; ++i)
    long_text += std::to_string(i);
  CHECK(rig.carry(bus, long_text.size(), &provider, long_text) == long_text);
  CHECK(rig.carry(provider, long_text.size(), &bus, long_text) == long_text);
}

TEST_CASE("when one side ends its sending the other learns it, and can still answer") {
  Rig rig;
  auto provider = rig.connect();
  auto bus = rig.accepted();
  rig.carry(bus, 5, &provider, "hello");
  provider.shutdown(tcp::socket::shutdown_send);
  CHECK(rig.carry(bus, 1).empty());
  CHECK(rig.carry(provider, 3, &bus, "bye") == "bye");
  bus.close();
  CHECK(rig.carry(provider, 1).empty());
  rig.until([&] { return rig.relay->links() == 0; });
}

TEST_CASE("a fifth connection is closed, and a place becomes free when one ends") {
  Rig rig;
  std::vector<tcp::socket> providers;
  std::vector<tcp::socket> buses;
  for (std::size_t i = 0; i < relay::Relay::max_links; ++i) {
    providers.push_back(rig.connect());
    buses.push_back(rig.accepted());
  }
  auto fifth = rig.connect();
  CHECK(rig.carry(fifth, 1).empty());
  providers.pop_back();
  buses.pop_back();
  rig.until([&] { return rig.relay->links() == relay::Relay::max_links - 1; });
  auto next = rig.connect();
  auto its_bus = rig.accepted();
  CHECK(rig.carry(its_bus, 2, &next, "hi") == "hi");
}

TEST_CASE("without a bus the connection ends") {
  Rig rig;
  rig.bus.close();
  auto provider = rig.connect();
  CHECK(rig.carry(provider, 1).empty());
}
