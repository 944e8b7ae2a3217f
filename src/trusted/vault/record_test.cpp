#include "vault/record.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "vault/journal.hpp"
#include "vault/keys.hpp"
#include "vault/login_trial.hpp"
#include "vault/options.hpp"
#include "vault/test_world.hpp"
#include "wire/json.hpp"

namespace x1::vault {
namespace {

using base::Code;

base::Result<Record> read(std::string_view json) {
  return read_record(crypto::Secret::copy_of(base::as_bytes(json)).value(), base::UserId::parse("ada").value());
}

std::string record_with(const std::string& members) {
  return R"({"version":1,"kind":"caldav","user":"ada","password":"p",)" + members + "}";
}

}  // namespace

TEST_CASE("a complete record is read, with confirmed addresses and an own trust anchor") {
  const auto record = read(record_with(
      R"("url":"https://box.home/dav/","confirmed":["192.168.1.5:443","[::1]:443"],"ca":"-----BEGIN CERTIFICATE-----\nx")"));
  REQUIRE(record.ok());
  CHECK(wire::to_string(record->url) == "https://box.home/dav/");
  CHECK(record->confirmed == std::vector<std::string>{"192.168.1.5:443", "[::1]:443"});
  CHECK(base::as_text(record->password.expose()) == "p");
  CHECK(record->owner.text() == "ada");
}

TEST_CASE("what goes to the disk comes back the same") {
  const auto record = read(record_with(R"("url":"http://127.0.0.1:5232/ada/cal/","confirmed":["127.0.0.1:5232"])"));
  REQUIRE(record.ok());
  const auto stored = encode_stored(*record);
  REQUIRE(stored.ok());
  const auto back = decode_stored(*stored);
  REQUIRE(back.ok());
  CHECK(back->owner == record->owner);
  CHECK(back->url == record->url);
  CHECK(back->user == record->user);
  CHECK(back->confirmed == record->confirmed);
  CHECK(base::as_text(back->password.expose()) == "p");
  for (std::size_t size = 0; size < 40; ++size) {
    const auto cut = crypto::Secret::copy_of(stored->expose().first(size)).value();
    CHECK_FALSE(decode_stored(cut).ok());
  }
}

TEST_CASE("records that are wrong, ambiguous or unsafe are refused") {
  for (const std::string wrong : {
           R"({})",
           R"([])",
           R"("url")",
           R"({"version":1,"kind":"caldav","url":"https://a.b/c/","user":"ada","confirmed":[]})",
           R"({"version":2,"kind":"caldav","url":"https://a.b/c/","user":"ada","password":"p","confirmed":[]})",
           R"({"version":1,"kind":"imap","url":"https://a.b/c/","user":"ada","password":"p","confirmed":[]})",
           R"({"version":1,"kind":"caldav","url":"https://a.b/c/","user":"a:b","password":"p","confirmed":[]})",
           R"({"version":1,"kind":"caldav","url":"https://a.b/c/","user":"","password":"p","confirmed":[]})",
           R"({"version":1,"kind":"caldav","url":"https://a.b/c/","user":"a\nb","password":"p","confirmed":[]})",
           R"({"version":1,"kind":"caldav","url":"https://a.b/c/","user":"a","password":"","confirmed":[]})",
           R"({"version":1,"kind":"caldav","url":"https://a.b/c/","user":"a","password":"p\r\nX: y","confirmed":[]})",
       }) {
    CAPTURE(wrong);
    CHECK_FALSE(read(wrong).ok());
  }
  for (const std::string members : {
           R"("url":"https://a.b/c/","confirmed":[],"owner":"bob")",
           R"("url":"https://a.b/c/","confirmed":[],"extra":1)",
           R"("url":"https://a.b/c","confirmed":[])",
           R"("url":"https://a.b/c/?q","confirmed":[])",
           R"("url":"https://u:p@a.b/c/","confirmed":[])",
           R"("url":"ftp://a.b/c/","confirmed":[])",
           R"("url":"http://a.b/c/","confirmed":[])",
           R"("url":"https://a.b/c/../d/","confirmed":[])",
           R"("url":"https://a.b/c/","confirmed":["127.0.0.1"])",
           R"("url":"https://a.b/c/","confirmed":["127.0.0.1:0"])",
           R"("url":"https://a.b/c/","confirmed":["127.0.0.1:0443"])",
           R"("url":"https://a.b/c/","confirmed":["127.0.0.1:99999"])",
           R"("url":"https://a.b/c/","confirmed":["127.1:443"])",
           R"("url":"https://a.b/c/","confirmed":["::1:443"])",
           R"("url":"https://a.b/c/","confirmed":["localhost:443"])",
           R"("url":"https://a.b/c/","confirmed":["127.0.0.1:8443"])",
           R"("url":"https://a.b/c/","confirmed":[1])",
           R"("url":"https://a.b/c/","confirmed":[],"ca":"not a certificate")",
       }) {
    CAPTURE(members);
    CHECK_FALSE(read(record_with(members)).ok());
  }
}

TEST_CASE("no record leads to the platform's own interface, by whatever name and whatever was confirmed") {
  constexpr std::uint16_t port = 7811;
  for (const std::string members : {
           R"("url":"https://127.0.0.1:7811/a/","confirmed":[])",
           R"("url":"http://127.0.0.1:7811/a/","confirmed":["127.0.0.1:7811"])",
           R"("url":"https://127.1.2.3:7811/a/","confirmed":["127.1.2.3:7811"])",
           R"("url":"https://[::1]:7811/a/","confirmed":["[::1]:7811"])",
           R"("url":"https://[::ffff:127.0.0.1]:7811/a/","confirmed":[])",
           R"("url":"https://localhost:7811/a/","confirmed":[])",
           R"("url":"https://x1-0a1b2c3d.localhost:7811/a/","confirmed":[])",
           R"("url":"https://cal.example.org:7811/a/","confirmed":["192.168.1.5:7811","127.0.0.1:7811"])",
       }) {
    CAPTURE(members);
    const auto record = read(record_with(members));
    if (!record.ok()) continue;  // refused for what it is already
    CHECK(check_not_platform(*record, port).error().code == Code::address_refused);
    CHECK(check_not_platform(*record, port + 1).ok());
  }
  const auto other = read(record_with(R"("url":"https://192.168.1.5:7811/a/","confirmed":["192.168.1.5:7811"])"));
  REQUIRE(other.ok());
  CHECK(check_not_platform(*other, port).ok());
}

TEST_CASE("the login test asks for nothing that changes the calendar, and reads the answer plainly") {
  const auto url = wire::parse_url("https://cal.example.org/ada/home/").value();
  const auto request = login_request(url);
  CHECK(wire::check_planned(request).ok());
  CHECK(request.method == wire::Method::propfind);
  CHECK(request.body.empty());
  CHECK(login_outcome(207).ok());
  CHECK(login_outcome(200).ok());
  CHECK(login_outcome(401).error().message == "The server refused this user name and password.");
  CHECK(login_outcome(403).error().code == Code::forbidden);
  for (const int status : {204, 301, 302, 404, 500, 503})
    CHECK(login_outcome(status).error().code == Code::upstream_error);
}

TEST_CASE("a vault whose keys were lost does not make new ones") {
  testing::World world;
  world.keep("home", "ada");
  std::filesystem::remove(world.folder + "/storage.key");
  CHECK(load_or_create_keys(world.folder).error().code == Code::storage_failed);
}

TEST_CASE("a file that was moved under another connection's name does not open") {
  testing::World world;
  world.keep("home", "ada");
  world.keep("work", "bob");
  std::filesystem::copy_file(world.folder + "/secrets/work", world.folder + "/secrets/home",
                             std::filesystem::copy_options::overwrite_existing);
  CHECK(world.store->get(base::ConnectionId::parse("home").value()).error().code == Code::storage_failed);
}

TEST_CASE("half a row at the end is cut off; a changed row stops the start") {
  testing::World world;
  world.keep("home", "ada");
  const auto rows = world.audit_lines().size();
  const auto path = world.folder + "/audit.jsonl";
  std::ofstream(path, std::ios::app) << R"({"hash":"12)";
  world.restart();
  CHECK(world.audit_lines().size() == rows);
  world.keep("home", "ada");
  CHECK(world.audit_lines().size() == rows + 1);

  std::string text;
  {
    std::ifstream file(path);
    text.assign(std::istreambuf_iterator<char>(file), {});
  }
  text[text.find("ada")] = 'x';
  std::ofstream(path, std::ios::trunc) << text;
  const auto opened = Journal::open(path, world.keys->audit, [](const audit::Row&) {});
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().message.find("row 1") != std::string::npos);
}

TEST_CASE("H1: a whole chain that another key has signed stops the start") {
  testing::World world;
  const auto path = world.folder + "/another.jsonl";
  const auto forger = crypto::SigningKey::generate().value();
  for (const bool named_as_ours : {false, true}) {
    const audit::Chain chain("vault");
    audit::Entry entry;
    entry.kind = "secret.kept";
    const auto row = chain.next(entry, named_as_ours ? world.keys->audit.key_id() : forger.key_id());
    std::ofstream(path, std::ios::trunc) << audit::encode_line(row, forger) << "\n";
    const auto opened = Journal::open(path, world.keys->audit, [](const audit::Row&) {});
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().code == Code::storage_failed);
    CHECK(opened.error().message.find("row 1 is not signed by this vault") != std::string::npos);
    CHECK(Journal::open(path, forger, [](const audit::Row&) {}).ok() == !named_as_ours);
  }
}

TEST_CASE("the command line takes each flag once and nothing else") {
  const auto box = crypto::to_text(crypto::BoxKey::generate()->public_key());
  const auto api =
      wire::canonical_json(policy::to_value(policy::KeySet::of(crypto::SigningKey::generate()->public_key())));
  std::vector<std::string> arguments{"--state",         "/state", "--supervisor", "3", "--dialer",   "5",
                                     "--ready",         "6",      "--dialer-key", box, "--api-keys", api,
                                     "--platform-port", "7811"};
  REQUIRE(read_options(arguments).ok());
  CHECK(read_options(arguments)->dialer == 5);
  auto twice = arguments;
  twice.insert(twice.end(), {"--state", "/other"});
  CHECK_FALSE(read_options(twice).ok());
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    auto fewer = arguments;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i), fewer.begin() + static_cast<std::ptrdiff_t>(i) + 2);
    CHECK_FALSE(read_options(fewer).ok());
  }
  CHECK(read_options(arguments)->platform_port == 7811);
  for (const auto* wrong : {"0", "65536", "7811x", ""}) {
    auto another = arguments;
    another.back() = wrong;
    CHECK_FALSE(read_options(another).ok());
  }
  arguments[3] = "2";
  CHECK_FALSE(read_options(arguments).ok());
}

}  // namespace x1::vault
