#include "policy/address.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

namespace x1::policy {
namespace {

Address address(std::string_view text) {
  const auto parsed = parse_address(text);
  REQUIRE_MESSAGE(parsed.ok(), std::string(text));
  return *parsed;
}

TEST_CASE("addresses are written in their one plain form") {
  for (const auto text : {"0.0.0.0", "127.0.0.1", "255.255.255.255", "::", "::1", "2001:db8::1", "fe80::1",
                          "1:2:3:4:5:6:7:8", "1:0:0:2::3", "2606:4700::6810:84e5"}) {
    CAPTURE(text);
    CHECK(to_string(address(text)) == text);
  }
  CHECK(to_string(address("2001:DB8:0:0:0:0:0:1")) == "2001:db8::1");
  CHECK(to_string(address("1:0:0:2:0:0:0:3")) == "1:0:0:2::3");
}

TEST_CASE("IPv4 inside IPv6 is the same address as IPv4") {
  CHECK(address("::ffff:127.0.0.1") == address("127.0.0.1"));
  CHECK(address("::ffff:7f00:1") == address("127.0.0.1"));
  CHECK(address("::ffff:7f00:1").is_v4());
  CHECK_FALSE(address("::7f00:1").is_v4());
}

TEST_CASE("octal, hexadecimal, short, integer and decorated forms are no addresses") {
  for (const auto text : {"",
                          "127.1",
                          "127.0.1",
                          "2130706433",
                          "0x7f000001",
                          "0177.0.0.1",
                          "127.0.0.01",
                          "0x7f.0.0.1",
                          "127.0.0.1.",
                          ".127.0.0.1",
                          "127.0.0.256",
                          "127.0.0.1 ",
                          " 127.0.0.1",
                          "127.0.0.-1",
                          "[::1]",
                          "::1%lo",
                          ":::",
                          "1::2::3",
                          "12345::",
                          "1:2:3:4:5:6:7",
                          "1:2:3:4:5:6:7:8:9",
                          "1:2:3:4:5:6:7::8:9",
                          ":1",
                          "1:",
                          "::g",
                          "::1.2.3",
                          "1.2.3.4::",
                          "::ffff:127.0.0.01",
                          "1:2:3:4:5:6:7:8::",
                          "localhost",
                          "127.0.0.1:80",
                          "\xef\xbc\x91.1.1.1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_address(text).ok());
  }
}

TEST_CASE("what is not plainly public is not public") {
  for (const auto text : {"0.0.0.0",
                          "0.1.2.3",
                          "10.0.0.1",
                          "100.64.0.1",
                          "100.127.255.255",
                          "100.100.100.200",
                          "127.0.0.1",
                          "127.255.0.1",
                          "168.63.129.16",
                          "169.254.169.254",
                          "172.16.0.1",
                          "172.31.255.255",
                          "192.0.0.192",
                          "192.0.2.1",
                          "192.88.99.1",
                          "192.168.1.1",
                          "198.18.0.1",
                          "198.19.255.255",
                          "198.51.100.1",
                          "203.0.113.1",
                          "224.0.0.1",
                          "239.1.1.1",
                          "240.0.0.1",
                          "255.255.255.255",
                          "::",
                          "::1",
                          "::127.0.0.1",
                          "::8.8.8.8",
                          "::ffff:10.0.0.1",
                          "::ffff:169.254.169.254",
                          "64:ff9b::7f00:1",
                          "64:ff9b::808:808",
                          "64:ff9b:1::1",
                          "100::1",
                          "2001::1",
                          "2001:0:4136:e378::1",
                          "2001:2::1",
                          "2001:10::1",
                          "2001:20::1",
                          "2001:db8::1",
                          "2002:7f00:1::",
                          "3ffe::1",
                          "3fff::1",
                          "4000::1",
                          "5f00::1",
                          "fc00::1",
                          "fd00:ec2::254",
                          "fe80::1",
                          "fec0::1",
                          "ff02::1"}) {
    CAPTURE(text);
    CHECK_FALSE(is_public(address(text)));
  }
}

TEST_CASE("public addresses are, right up to the edges of the blocks") {
  for (const auto text : {"1.1.1.1",         "8.8.8.8",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255",
                          "100.128.0.0",     "126.255.255.255", "128.0.0.0",       "168.63.129.15",   "168.63.129.17",
                          "169.253.255.255", "169.255.0.0",     "172.15.255.255",  "172.32.0.0",      "192.167.255.255",
                          "192.169.0.0",     "198.17.255.255",  "198.20.0.0",      "223.255.255.255", "2606:4700::1",
                          "2a00:1450::1",    "2001:200::1",     "2001:db7:ffff::", "2001:db9::",      "2003::1",
                          "3ffd::1"}) {
    CAPTURE(text);
    CHECK(is_public(address(text)));
  }
}

TEST_CASE("a private endpoint may be dialled when just this address and port were confirmed") {
  const std::array confirmed{Endpoint{address("127.0.0.1"), 5232}};
  CHECK(check_endpoint({address("127.0.0.1"), 5232}, confirmed).ok());
  CHECK(check_endpoint({address("::ffff:127.0.0.1"), 5232}, confirmed).ok());
  CHECK(check_endpoint({address("8.8.8.8"), 443}, confirmed).ok());
  for (const Endpoint& endpoint :
       {Endpoint{address("127.0.0.1"), 5233}, Endpoint{address("127.0.0.2"), 5232}, Endpoint{address("::1"), 5232},
        Endpoint{address("10.0.0.1"), 5232}, Endpoint{address("::127.0.0.1"), 5232}}) {
    const auto refused = check_endpoint(endpoint, confirmed);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == base::Code::address_refused);
  }
  CHECK_FALSE(check_endpoint({address("127.0.0.1"), 5232}, {}).ok());
}

TEST_CASE("some addresses are never dialled, whoever confirms them") {
  for (const auto text :
       {"0.0.0.0", "169.254.169.254", "168.63.129.16", "224.0.0.1", "255.255.255.255", "::", "fe80::1", "ff02::1"}) {
    CAPTURE(text);
    const std::array confirmed{Endpoint{address(text), 80}};
    CHECK_FALSE(check_endpoint(confirmed[0], confirmed).ok());
  }
  const std::array zero{Endpoint{address("127.0.0.1"), 0}};
  CHECK_FALSE(check_endpoint(zero[0], zero).ok());
}

TEST_CASE("every address comes back from its text") {
  CHECK(rc::check("round trip", [] {
    Address any;
    for (auto& byte : any.bytes)
      byte = *rc::gen::element<std::uint8_t>(0, 0, 0, 1, 0x0f, 0x10, 0xff);
    RC_ASSERT(parse_address(to_string(any)).value() == any);
  }));
}

}  // namespace
}  // namespace x1::policy
