// The resolver against a DNS server of the test's own, on loopback.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <thread>

#include "os/socket.hpp"
#include "resolver/dns.hpp"
#include "resolver/serve.hpp"
#include "seam/dialer.hpp"

using namespace x1;

namespace {

constexpr std::uint16_t type_a = 1;
constexpr std::uint16_t type_aaaa = 28;

// Answers A and AAAA questions by a table; a name that is not in it gets no answer at all.
class DnsServer {
 public:
  struct Records {
    std::vector<std::array<std::uint8_t, 4>> v4{};
    std::vector<std::array<std::uint8_t, 16>> v6{};
    bool garbage = false;
  };

  explicit DnsServer(std::map<std::string, Records> names) : names_(std::move(names)) {
    socket_ = os::Fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~DnsServer() {
    ::shutdown(socket_.get(), SHUT_RDWR);
    stop_ = true;
    sockaddr_in self{};
    self.sin_family = AF_INET;
    self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    self.sin_port = htons(port);
    const os::Fd waker(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ::sendto(waker.get(), "", 1, 0, reinterpret_cast<sockaddr*>(&self), sizeof self);
    thread_.join();
  }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port); }

  std::uint16_t port = 0;
  std::atomic<int> asked = 0;

 private:
  static void put16(std::string& out, std::uint16_t value) {
    out += static_cast<char>(value >> 8U);
    out += static_cast<char>(value & 0xffU);
  }

  void run() {
    std::array<char, 512> buffer{};
    while (!stop_) {
      sockaddr_in from{};
      socklen_t size = sizeof from;
      const auto got =
          ::recvfrom(socket_.get(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got < 17) continue;
      ++asked;
      const auto reply = answer(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
      if (!reply.empty())
        ::sendto(socket_.get(), reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
    }
  }

  std::string answer(std::string_view question) {
    std::string name;
    std::size_t at = 12;
    while (at < question.size() && question[at] != 0) {
      const auto label = static_cast<std::size_t>(question[at]);
      if (!name.empty()) name += '.';
      name += question.substr(at + 1, label);
      at += label + 1;
    }
    const auto type = static_cast<std::uint16_t>(question[at + 2]);
    const auto end = at + 5;
    const auto found = names_.find(name);
    if (found == names_.end()) return {};
    if (found->second.garbage) return std::string(question.substr(0, 2)) + "\x81\x80" + std::string(40, '\xff');
    std::string records;
    std::uint16_t count = 0;
    const auto add = [&](const auto& bytes) {
      put16(records, 0xc00c);
      put16(records, type);
      put16(records, 1);
      records += std::string("\0\0\0\x3c", 4);
      put16(records, static_cast<std::uint16_t>(bytes.size()));
      for (const auto byte : bytes)
        records += static_cast<char>(byte);
      ++count;
    };
    if (type == type_a) std::ranges::for_each(found->second.v4, add);
    if (type == type_aaaa) std::ranges::for_each(found->second.v6, add);
    std::string out(question.substr(0, 2));
    out += "\x81\x80";
    put16(out, 1);
    put16(out, count);
    out += std::string(4, '\0');
    return out.append(question.substr(12, end - 12)).append(records);
  }

  std::map<std::string, Records> names_;
  os::Fd socket_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

std::vector<std::string> look_up(resolver::Dns& dns, const std::string& host) {
  std::vector<std::string> found;
  dns.lookup(host, [&](std::vector<std::string> addresses) { found = std::move(addresses); });
  while (dns.busy()) {
    std::vector<pollfd> polls;
    dns.watch(polls);
    ::poll(polls.data(), polls.size(), dns.timeout_ms());
    dns.process(polls);
  }
  return found;
}

const std::array<std::uint8_t, 16> v6{0x26, 0x06, 0x47, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

}  // namespace

TEST_CASE("a name has all its addresses, IPv4 first") {
  DnsServer server({{"cal.example.org", {.v4 = {{93, 184, 215, 14}, {10, 0, 0, 1}}, .v6 = {v6}}}});
  auto dns = resolver::Dns::open(server.address()).value();
  const auto found = look_up(dns, "cal.example.org");
  REQUIRE(found.size() == 3);
  CHECK(std::ranges::find(found, "93.184.215.14") < found.end() - 1);
  CHECK(std::ranges::find(found, "10.0.0.1") < found.end() - 1);
  CHECK(found.back() == "2606:4700::1");
}

TEST_CASE("a name without addresses, and a malformed answer, give none") {
  DnsServer server({{"empty.example.org", {}}, {"bad.example.org", {.garbage = true}}});
  auto dns = resolver::Dns::open(server.address(), std::chrono::milliseconds(300)).value();
  CHECK(look_up(dns, "empty.example.org").empty());
  CHECK(look_up(dns, "bad.example.org").empty());
}

TEST_CASE("a server that says nothing is given up at the deadline, and the next name is looked up") {
  DnsServer server({{"a.example.org", {.v4 = {{93, 184, 215, 14}}}}});
  auto dns = resolver::Dns::open(server.address(), std::chrono::milliseconds(200)).value();
  CHECK(look_up(dns, "silent.example.org").empty());
  CHECK(look_up(dns, "a.example.org").size() == 1);
}

TEST_CASE("the hosts file is read, and what is no host name is not asked for") {
  DnsServer server({});
  auto dns = resolver::Dns::open(server.address(), std::chrono::milliseconds(200)).value();
  const auto local = look_up(dns, "localhost");
  CHECK(std::ranges::find(local, "127.0.0.1") != local.end());
  const auto before = server.asked.load();
  for (const auto* host : {"", ".", "a..b", "a b", "A.example", "a\n", "-a.example", "a_b.example", "[::1]"})
    CHECK(look_up(dns, host).empty());
  CHECK(look_up(dns, std::string(254, 'a')).empty());
  CHECK(server.asked == before);
}

TEST_CASE("search domains are not tried: a name is asked for as it stands") {
  DnsServer server({{"single", {.v4 = {{93, 184, 215, 14}}}}});
  auto dns = resolver::Dns::open(server.address(), std::chrono::milliseconds(300)).value();
  CHECK(look_up(dns, "single").size() == 1);
}

TEST_CASE("over the seam each lookup is answered once, in order, and the end of the dialer ends the resolver") {
  DnsServer server({{"a.example.org", {.v4 = {{93, 184, 215, 14}}}}});
  auto ends = os::socket_pair().value();
  auto dns = resolver::Dns::open(server.address(), std::chrono::milliseconds(300)).value();
  std::thread serving([&] { CHECK(resolver::serve(ends.second, dns).ok()); });
  std::string asked;
  for (std::uint64_t id = 1; id <= 3; ++id) {
    const seam::dialer::Lookup lookup{id, id == 2 ? "NOT A NAME" : "a.example.org"};
    asked += seam::encode_frame(seam::dialer::ToResolver(lookup));
  }
  REQUIRE(os::send_with_fd(ends.first.get(), asked, -1).ok());
  seam::Framer framer;
  std::vector<seam::dialer::Found> found;
  while (found.size() < 3) {
    const auto received = os::receive_with_fd(ends.first.get(), 4096);
    REQUIRE(received.ok());
    const auto frames = framer.feed(received->bytes);
    REQUIRE(frames.ok());
    for (const auto& frame : *frames)
      found.push_back(std::get<seam::dialer::Found>(seam::decode_frame<seam::dialer::FromResolver>(frame).value()));
  }
  CHECK(found[0].id == 1);
  CHECK(found[0].addresses == std::vector<std::string>{"93.184.215.14"});
  CHECK(found[1].addresses.empty());
  CHECK(found[2].addresses.size() == 1);
  ends.first = os::Fd();
  serving.join();
}

TEST_CASE("a seam that carries something else ends the resolver") {
  auto ends = os::socket_pair().value();
  auto dns = resolver::Dns::open("127.0.0.1:9").value();
  REQUIRE(os::send_with_fd(ends.first.get(), std::string("\x01\0\0\0\x07", 5), -1).ok());
  CHECK_FALSE(resolver::serve(ends.second, dns).ok());
}
