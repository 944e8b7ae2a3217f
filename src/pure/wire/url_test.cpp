#include "wire/url.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

namespace x1::wire {
namespace {

Url accepted(std::string_view text) {
  auto url = parse_url(text);
  REQUIRE_MESSAGE(url.ok(), text);
  return std::move(url).value();
}

bool refused(std::string_view text) {
  const auto url = parse_url(text);
  return !url.ok() && url.error().code == base::Code::invalid_request;
}

}  // namespace

TEST_CASE("a URL is split into origin, path and query") {
  CHECK(accepted("https://Example.ORG/a/b%20c/?x=1&y=/?") ==
        Url{{Scheme::https, "example.org", 443}, "/a/b%20c/", "x=1&y=/?"});
  CHECK(accepted("HTTP://localhost:5232") == Url{{Scheme::http, "localhost", 5232}, "/", ""});
  CHECK(accepted("https://h?q") == Url{{Scheme::https, "h", 443}, "/", "q"});
  CHECK(accepted("https://192.0.2.1:443/").origin == Origin{Scheme::https, "192.0.2.1", 443});
  CHECK(accepted("https://[2001:DB8:0:0::1]:8443/x").origin == Origin{Scheme::https, "2001:db8::1", 8443});
  CHECK(to_string(accepted("https://[2001:DB8:0:0::1]:8443/x?y")) == "https://[2001:db8::1]:8443/x?y");
  CHECK(to_string(accepted("https://xn--bcher-kva.example:443/").origin) == "https://xn--bcher-kva.example");
  CHECK(to_string(Origin{Scheme::http, "a", 443}) == "http://a:443");
}

TEST_CASE("hosts that somebody could read as another host are refused") {
  for (const auto* host : {"127.1",
                           "2130706433",
                           "0x7f000001",
                           "0x7f.0.0.1",
                           "0177.0.0.1",
                           "127.0.0.01",
                           "127.0.0.1.",
                           "127.0.0.256",
                           "1.2.3.4.5",
                           "0",
                           "0x",
                           "a.0x7f",
                           "a.1",
                           "example.org.",
                           "exa mple",
                           "a..b",
                           ".a",
                           "-a",
                           "a-",
                           "a_b",
                           "a%2eb",
                           "a\tb",
                           "",
                           "[::ffff:127.0.0.1]",
                           "[::127.0.0.1]",
                           "[::ffff:7f00:1]",
                           "[::1%lo]",
                           "[::1%25lo]",
                           "[127.0.0.1]",
                           "[::1",
                           "[]",
                           "::1",
                           "[::1]x",
                           "user@a",
                           "user:pw@a",
                           "@a",
                           "a:b@c",
                           "a:",
                           "a:0",
                           "a:065",
                           "a:65536",
                           "a:-1",
                           "a:80:80",
                           "a:8o",
                           "*",
                           "a,b"}) {
    CHECK_MESSAGE(refused("https://" + std::string(host) + "/"), host);
  }
  CHECK(refused("https://" + std::string(64, 'a') + ".org/"));
  std::string name("a");
  while (name.size() < 254)
    name += ".a";
  CHECK(refused("https://" + name + "/"));
}

TEST_CASE("characters outside ASCII are refused with a word about punycode") {
  const auto url = parse_url(
      "https://b\xc3\xbc"
      "cher.example/");
  REQUIRE(!url.ok());
  CHECK(url.error().next.find("punycode") != std::string::npos);
  CHECK(refused("https://a/\xc3\xbc"));
}

TEST_CASE("other schemes, fragments and doubtful paths are refused") {
  for (const auto* text : {"",
                           "a",
                           "/",
                           "//a/",
                           "ftp://a/",
                           "file:///etc/passwd",
                           "javascript://a/",
                           "https:/a",
                           "https:a",
                           "https//a",
                           "https:///",
                           " https://a/",
                           "https://a/ ",
                           "https://a/#x",
                           "https://a#x",
                           "https://a/?",
                           "https://a\\b/",
                           "https://a/\\b",
                           "https://a/../b",
                           "https://a/b/..",
                           "https://a/.",
                           "https://a/%2e%2E/b",
                           "https://a/.%2e/",
                           "https://a/%2e",
                           "https://a//b",
                           "https://a/b//",
                           "https://a/%2f",
                           "https://a/%2F",
                           "https://a/%5c",
                           "https://a/%00",
                           "https://a/?%00",
                           "https://a/%",
                           "https://a/%1",
                           "https://a/%zz",
                           "https://a/<",
                           "https://a/\"",
                           "https://a/{x}",
                           "https://a/a|b",
                           "https://a/a^b",
                           "https://a/`",
                           "https://a/\r\n",
                           "https://a/[",
                           "https://a/?[",
                           "https://a/\x7f"}) {
    CHECK_MESSAGE(refused(text), text);
  }
  CHECK(parse_url("https://a/" + std::string(9000, 'a')).error().code == base::Code::too_large);
  CHECK(accepted("https://a/.../..a/a../%2e%2e%2e").path == "/.../..a/a../%2e%2e%2e");
  CHECK(accepted("https://a/?a=%2F..//").query == "a=%2F..//");
}

TEST_CASE("an origin has no path, and a target has no origin") {
  CHECK(*parse_origin("https://a:8443") == Origin{Scheme::https, "a", 8443});
  CHECK(!parse_origin("https://a/").ok());
  CHECK(!parse_origin("https://a?b").ok());
  CHECK(*parse_target("/a?b=c") == Target{"/a", "b=c"});
  CHECK(!parse_target("a").ok());
  CHECK(!parse_target("").ok());
  CHECK(!parse_target("https://a/").ok());
  CHECK(!parse_target("//evil.example/").ok());
}

TEST_CASE("what was split and joined splits the same again") {
  CHECK(rc::check("round trip", [] {
    const auto letters = rc::gen::container<std::string>(rc::gen::element('a', 'b', 'X', '7'));
    const auto label = rc::gen::resize(40, rc::gen::nonEmpty(letters));
    const auto segments = *rc::gen::container<std::vector<std::string>>(
        rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::element('a', '~', ':', '@', '+', 'Z'))));
    std::string text = "https://" + *label + "." + *label + "q:" + std::to_string(*rc::gen::inRange(1, 65536));
    for (const auto& segment : segments)
      text += "/" + segment;
    const auto url = parse_url(text);
    RC_ASSERT(url.ok());
    const auto again = parse_url(to_string(*url));
    RC_ASSERT(again.ok());
    RC_ASSERT(*again == *url);
  }));
}

}  // namespace x1::wire
