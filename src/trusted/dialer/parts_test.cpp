// The pure parts of a dial: credential, endpoints, request and answer.
#include <doctest/doctest.h>

#include "dialer/answer.hpp"
#include "dialer/credential.hpp"
#include "dialer/endpoints.hpp"
#include "dialer/request.hpp"
#include "wire/json.hpp"

using namespace x1;
using dialer::Credential;
using wire::Value;

namespace {

const wire::PlannedRequest planned{.method = wire::Method::report,
                                   .origin = {wire::Scheme::https, "cal.example.org", 443},
                                   .target = "/ada/home/",
                                   .headers = {{"depth", "1"}},
                                   .body = "<x/>"};

Value::Object members() {
  return {{"version", 1},
          {"origin", "https://cal.example.org"},
          {"base_path", "/ada/home/"},
          {"user", "ada"},
          {"password", "correct horse"},
          {"confirmed", Value::Array{Value("127.0.0.1:5232"), Value("[::1]:5232")}},
          {"request", crypto::to_hex(wire::digest_of(planned))}};
}

base::Result<Credential> read(const Value::Object& object) {
  const auto text = wire::canonical_json(Value(object));
  return dialer::read_credential(crypto::Secret::copy_of(base::as_bytes(text)).value());
}

Credential credential() { return std::move(read(members())).value(); }

}  // namespace

TEST_CASE("a credential is for one origin and one request") {
  const auto good = credential();
  CHECK(good.confirmed.size() == 2);
  CHECK(dialer::check_is_for(good, planned).ok());
  auto other = planned;
  other.origin.host = "evil.example.org";
  CHECK_FALSE(dialer::check_is_for(good, other).ok());
  other = planned;
  other.target = "/bob/home/";
  CHECK_FALSE(dialer::check_is_for(good, other).ok());
  other = planned;
  other.body = "<y/>";
  CHECK_FALSE(dialer::check_is_for(good, other).ok());
}

TEST_CASE("a credential of another form is refused") {
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, Value>>{{"version", 2},
                                                  {"origin", "https://cal.example.org/x"},
                                                  {"origin", "ftp://cal.example.org"},
                                                  {"base_path", "x"},
                                                  {"user", "ada:x"},
                                                  {"user", "a\nb"},
                                                  {"password", "abc"},
                                                  {"password", "a\r\nx: y"},
                                                  {"password", 7},
                                                  {"confirmed", Value::Array{Value("127.0.0.1")}},
                                                  {"confirmed", Value::Array{Value("localhost:80")}},
                                                  {"confirmed", Value::Array{Value("127.0.0.1:0")}},
                                                  {"confirmed", "127.0.0.1:80"},
                                                  {"request", "00"},
                                                  {"extra", 1}}) {
    auto changed = members();
    changed[name] = value;
    CAPTURE(name);
    const auto result = read(changed);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == base::Code::invalid_token);
  }
  for (const auto& [name, value] : members()) {
    auto fewer = members();
    fewer.erase(name);
    CHECK_FALSE(read(fewer).ok());
  }
}

TEST_CASE("every address is checked, and only those that pass are dialled, in their order") {
  const auto with = credential();
  const auto allowed = dialer::allowed_endpoints({"10.0.0.1", "93.184.215.14", "::1", "2606:4700::1"}, with);
  REQUIRE(allowed.ok());
  REQUIRE(allowed->size() == 2);
  CHECK(dialer::to_string(allowed->at(0)) == "93.184.215.14:443");
  CHECK(dialer::to_string(allowed->at(1)) == "[2606:4700::1]:443");
}

TEST_CASE("private addresses, and forms of them that other parsers would take, are never dialled") {
  const auto with = credential();
  for (const auto* text : {"127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "10.1.2.3", "0.0.0.0",
                           "::", "fe80::1", "64:ff9b::7f00:1", "fd00::1", "192.168.1.1"}) {
    const auto allowed = dialer::allowed_endpoints({text}, with);
    CAPTURE(text);
    REQUIRE_FALSE(allowed.ok());
    CHECK(allowed.error().code == base::Code::address_refused);
  }
  for (const auto* text : {"0177.0.0.1", "2130706433", "127.1", "[::1]", "localhost", ""})
    CHECK(dialer::allowed_endpoints({text}, with).error().code == base::Code::unavailable);
  CHECK(dialer::allowed_endpoints({}, with).error().code == base::Code::unavailable);
}

TEST_CASE("a confirmed endpoint is dialled at exactly its port") {
  auto with = credential();
  CHECK_FALSE(dialer::allowed_endpoints({"127.0.0.1"}, with).ok());
  with.origin.port = 5232;
  CHECK(dialer::allowed_endpoints({"127.0.0.1"}, with).ok());
}

TEST_CASE("without TLS only a confirmed endpoint is dialled, public or not") {
  auto with = credential();
  with.origin = {wire::Scheme::http, "cal.example.org", 5232};
  CHECK(dialer::allowed_endpoints({"93.184.215.14"}, with).error().code == base::Code::address_refused);
  CHECK(dialer::allowed_endpoints({"127.0.0.1"}, with).ok());
}

TEST_CASE("the request is the plan, with host, credential and no compression") {
  const auto bytes = dialer::request_bytes(planned, credential(), false).value();
  CHECK(base::as_text(bytes.expose()) ==
        "REPORT /ada/home/ HTTP/1.1\r\nauthorization: Basic YWRhOmNvcnJlY3QgaG9yc2U=\r\nhost: cal.example.org\r\n"
        "depth: 1\r\naccept-encoding: identity\r\nconnection: close\r\ncontent-length: 4\r\n\r\n<x/>");
}

TEST_CASE("what the plan says about who asks, or of whom, is replaced") {
  auto request = planned;
  request.headers = {
      {"accept-encoding", "gzip"}, {"authorization", "Bearer evil"}, {"cookie", "a=b"}, {"host", "evil"}};
  const auto bytes = dialer::request_bytes(request, credential(), true).value();
  const auto text = base::as_text(bytes.expose());
  CHECK(text.find("evil") == text.npos);
  CHECK(text.find("gzip") == text.npos);
  CHECK(text.find("cookie") == text.npos);
}

TEST_CASE("the host names a port that the scheme does not imply, and brackets IPv6") {
  CHECK(dialer::host_header({wire::Scheme::https, "a.example", 443}) == "a.example");
  CHECK(dialer::host_header({wire::Scheme::https, "a.example", 80}) == "a.example:80");
  CHECK(dialer::host_header({wire::Scheme::http, "::1", 5232}) == "[::1]:5232");
}

TEST_CASE("an answer keeps the listed headers only, without the credential") {
  const auto scrubber =
      dialer::Scrubber::of("ada", crypto::Secret::copy_of(base::as_bytes("correct horse")).value()).value();
  wire::HttpResponse response{.status = 207,
                              .headers = {{"content-type", "text/xml"},
                                          {"set-cookie", "x=correct horse"},
                                          {"www-authenticate", "Basic"},
                                          {"location", "/correct horse"}},
                              .body = "correct horse"};
  const auto answer = dialer::clean_answer(response, scrubber);
  REQUIRE(answer.ok());
  const std::string mark(dialer::Scrubber::mark);
  CHECK(answer->headers == std::vector<wire::Header>{{"content-type", "text/xml"}, {"location", "/" + mark}});
  CHECK(answer->body == mark);
  response.headers.push_back({"content-encoding", "gzip"});
  CHECK(dialer::clean_answer(response, scrubber).error().code == base::Code::upstream_error);
}
