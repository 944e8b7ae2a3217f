#include "vault/vault.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "audit/verify.hpp"
#include "vault/credential.hpp"
#include "vault/test_world.hpp"
#include "wire/json.hpp"
#include "wire/secret_member.hpp"

namespace x1::vault {
namespace {

using base::Code;
using namespace std::chrono_literals;
namespace messages = seam::vault;
using testing::canary;
using testing::World;

const messages::Refused* refusal(const messages::ToBroker& answer) { return std::get_if<messages::Refused>(&answer); }

}  // namespace

TEST_CASE("a released credential opens for the session's dialer, and names origin, base path and request") {
  World world;
  world.keep("home", "ada");
  const auto answer = world.release({});
  REQUIRE(std::holds_alternative<messages::Released>(answer));
  const auto& released = std::get<messages::Released>(answer);
  CHECK(released.id == 7);
  const auto opened = world.dialer.open(released.credential);
  REQUIRE(opened.ok());
  const auto json = wire::parse_json(base::as_text(opened->expose()));
  REQUIRE(json.ok());
  CHECK(*json->find_string("origin") == "https://cal.example.org");
  CHECK(*json->find_string("base_path") == "/ada/home/");
  CHECK(*json->find_string("user") == "ada");
  CHECK(*json->find_string("password") == canary());
  CHECK(*json->find_string("request") == crypto::to_hex(world.request_digest()));
  CHECK(*json->find_integer("version") == 1);
  CHECK(json->object()->size() == 7);
  CHECK_FALSE(crypto::BoxKey::generate()->open(released.credential).ok());
}

TEST_CASE("the row of a release is on the disk before the release, with who, what, where and why") {
  World world;
  world.keep("home", "ada");
  REQUIRE(std::holds_alternative<messages::Released>(world.release({})));
  const auto row = audit::decode_line(world.audit_lines().back());
  REQUIRE(row.ok());
  const auto& entry = row->row.entry;
  CHECK(entry.kind == "secret.released");
  CHECK(entry.actor == "ada");
  CHECK(entry.turn == 3);
  CHECK(entry.scope == "calendar.read");
  CHECK(entry.target == "https://cal.example.org/ada/home/");
  CHECK(entry.digest == crypto::to_hex(world.request_digest()));
  CHECK(*entry.detail.find_string("session") == "s1");
  CHECK(*entry.detail.find_string("consent") == "consent1");
}

TEST_CASE("what does not belong together is refused, each with its reason and a row") {
  struct Wrong {
    const char* name;
    World::Change change;
    Code code;
  };
  const auto other = crypto::SigningKey::generate();
  const std::vector<Wrong> wrongs{
      {"channel of another session", {.channel = "s2"}, Code::forbidden},
      {"turn of another session",
       {.turn = [](auto& t) { t.session = *base::SessionId::parse("s2"); }},
       Code::forbidden},
      {"consent of another session",
       {.consent = [](auto& c) { c.session = *base::SessionId::parse("s2"); }},
       Code::forbidden},
      {"release of another session",
       {.request = [](auto& r) { r.session = *base::SessionId::parse("s2"); }},
       Code::forbidden},
      {"release of another turn", {.request = [](auto& r) { r.turn = base::TurnNumber{4}; }}, Code::forbidden},
      {"consent of another person",
       {.consent = [](auto& c) { c.actor = *base::UserId::parse("bob"); }},
       Code::forbidden},
      {"turn of another person", {.turn = [](auto& t) { t.actor = *base::UserId::parse("bob"); }}, Code::forbidden},
      {"consent for another scope", {.consent = [](auto& c) { c.scope = "calendar.write"; }}, Code::forbidden},
      {"release for another scope", {.request = [](auto& r) { r.scope = "calendar.write"; }}, Code::forbidden},
      {"consent for another connection",
       {.consent = [](auto& c) { c.connection = *base::ConnectionId::parse("work"); }},
       Code::forbidden},
      {"connection that is not there",
       {.consent = [](auto& c) { c.connection = *base::ConnectionId::parse("work"); },
        .request = [](auto& r) { r.connection = *base::ConnectionId::parse("work"); }},
       Code::not_found},
      {"expired turn", {.turn = [](auto& t) { t.issued -= 2h, t.expires -= 90min; }}, Code::expired},
      {"turn that lives too long", {.turn = [](auto& t) { t.expires += 48h; }}, Code::invalid_token},
      {"stale release", {.request = [](auto& r) { r.issued -= 31s; }}, Code::expired},
      {"release from the future", {.request = [](auto& r) { r.issued += 6s; }}, Code::clock_skew},
      {"consent from the future", {.consent = [](auto& c) { c.issued += 6s, c.expires += 6s; }}, Code::clock_skew},
      {"consent that lives too long", {.consent = [](auto& c) { c.expires += 1min; }}, Code::invalid_token},
      {"until that is over",
       {.consent = [](auto& c) { c.lifetime = policy::Lifetime::until, c.until = c.issued - 1s; }},
       Code::expired},
      {"turn signed by another key", {.turn_key = &*other}, Code::invalid_token},
      {"consent signed by another key", {.consent_key = &*other}, Code::invalid_token},
      {"release signed by another key", {.boot_key = &*other}, Code::invalid_token},
  };
  for (const auto& wrong : wrongs) {
    CAPTURE(wrong.name);
    World world;
    world.keep("home", "ada");
    const auto rows = world.audit_lines().size();
    const auto answer = world.release(wrong.change);
    REQUIRE(refusal(answer) != nullptr);
    CHECK(refusal(answer)->code == wrong.code);
    const auto lines = world.audit_lines();
    REQUIRE(lines.size() == rows + 1);
    const auto row = audit::decode_line(lines.back());
    CHECK(row->row.entry.kind == "secret.refused");
    CHECK(row->row.entry.outcome == base::to_string(wrong.code));
  }
}

TEST_CASE("tokens in each other's place are refused: the kind is part of what is signed") {
  World world;
  world.keep("home", "ada");
  const auto message = world.tokens({});
  for (const auto& swapped :
       {messages::Release{7, message.request, message.consent, message.turn},
        messages::Release{7, message.turn, message.turn, message.consent},
        messages::Release{7, message.request, message.turn, message.turn},
        messages::Release{7, message.consent, message.turn, message.consent}, messages::Release{7, "", "", ""}}) {
    const auto answer = world.send(swapped);
    REQUIRE(refusal(answer) != nullptr);
    CHECK(refusal(answer)->code == Code::invalid_token);
  }
}

TEST_CASE("flipping any bit of any token releases nothing") {
  World world;
  world.keep("home", "ada");
  const auto good = world.tokens({});
  rc::check("one changed bit", [&] {
    auto message = good;
    const std::array tokens{&message.request, &message.turn, &message.consent};
    auto& token = *tokens[*rc::gen::inRange<std::size_t>(0, 3)];
    const auto at = *rc::gen::inRange<std::size_t>(0, token.size());
    token[at] = static_cast<char>(token[at] ^ (1 << *rc::gen::inRange(0, 8)));
    RC_ASSERT(refusal(world.send(message)) != nullptr);
  });
  CHECK(std::holds_alternative<messages::Released>(world.send(good)));
}

TEST_CASE("another person's connection is refused even with tokens that are all in order") {
  World world;
  world.keep("home", "bob");
  const auto answer = world.release({});
  REQUIRE(refusal(answer) != nullptr);
  CHECK(refusal(answer)->code == Code::forbidden);
}

TEST_CASE("a grant for the session outlives its consent token's five minutes") {
  World world;
  world.keep("home", "ada");
  const World::Change session{.consent = [](auto& c) { c.lifetime = policy::Lifetime::session; }};
  const auto consent = world.tokens(session).consent;
  CHECK(std::holds_alternative<messages::Released>(world.release(session)));
  world.clock.advance(3h);
  auto later = world.tokens({});
  later.consent = consent;
  CHECK(std::holds_alternative<messages::Released>(world.send(later)));
}

TEST_CASE("once means one call: sixteen requests within five minutes of the first") {
  World world;
  world.keep("home", "ada");
  for (int i = 0; i < 16; ++i)
    CHECK(std::holds_alternative<messages::Released>(world.release({})));
  REQUIRE(refusal(world.release({})) != nullptr);

  World slow;
  slow.keep("home", "ada");
  const auto consent = slow.tokens({}).consent;
  CHECK(std::holds_alternative<messages::Released>(slow.release({})));
  slow.clock.advance(5min + 1ms);
  auto later = slow.tokens({});
  later.consent = consent;
  REQUIRE(refusal(slow.send(later)) != nullptr);
  CHECK(refusal(slow.send(later))->code == Code::expired);
}

TEST_CASE("a consent for the turn serves the turn it was first used in, and no later one") {
  World world;
  world.keep("home", "ada");
  const World::Change turn{.consent = [](auto& c) { c.lifetime = policy::Lifetime::turn; }};
  CHECK(std::holds_alternative<messages::Released>(world.release(turn)));
  const World::Change next{.turn = [](auto& t) { t.turn = base::TurnNumber{4}; },
                           .consent = turn.consent,
                           .request = [](auto& r) { r.turn = base::TurnNumber{4}; }};
  const auto answer = world.release(next);
  REQUIRE(refusal(answer) != nullptr);
  CHECK(refusal(answer)->code == Code::expired);
}

TEST_CASE("a restart keeps records, keys, the chain, and how often a consent was used") {
  World world;
  world.keep("home", "ada");
  const auto box = world.keys->box.public_key();
  for (int i = 0; i < 16; ++i)
    CHECK(std::holds_alternative<messages::Released>(world.release({})));
  world.restart();
  CHECK(world.keys->box.public_key() == box);
  REQUIRE(refusal(world.release({})) != nullptr);
  const World::Change fresh{.consent = [](auto& c) { c.id = "consent2"; }};
  CHECK(std::holds_alternative<messages::Released>(world.release(fresh)));

  audit::Verifier verifier(audit::Trust{{{world.keys->audit.key_id(), world.keys->audit.public_key()}}, {}, {}});
  for (const auto& line : world.audit_lines())
    CHECK(verifier.feed(line));
  CHECK_FALSE(verifier.finish().broken_at.has_value());
}

TEST_CASE("no file, row or answer holds the password") {
  World world;
  world.keep("home", "ada");
  const auto released = std::get<messages::Released>(world.release({}));
  CHECK(base::as_text(released.credential).find(canary()) == std::string_view::npos);
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world.folder)) {
    if (!entry.is_regular_file()) continue;
    ++files;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    CAPTURE(entry.path().string());
    CHECK(bytes.find(canary()) == std::string::npos);
    const bool is_public = entry.path().filename() == "public.json";
    const auto mode = entry.status().permissions() & std::filesystem::perms::all;
    CHECK((is_public || mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)));
  }
  CHECK(files >= 6);
}

TEST_CASE("when its row can't be written, nothing is released") {
  World world;
  world.keep("home", "ada");
  world.fill_disk();
  const auto answer = world.release({});
  REQUIRE(refusal(answer) != nullptr);
  CHECK(refusal(answer)->code == Code::storage_failed);
}

TEST_CASE("a record is kept only when the server took the login") {
  World world;
  world.login.outcome = base::Error{Code::forbidden, "The server refused this user name and password.", ""};
  const auto answer = world.keep("home", "ada");
  REQUIRE(std::holds_alternative<messages::Refused>(answer));
  CHECK(std::get<messages::Refused>(answer).code == Code::forbidden);
  CHECK_FALSE(world.store->get(*base::ConnectionId::parse("home")).ok());
  CHECK(refusal(world.release({}))->code == Code::not_found);
}

TEST_CASE("Kept says kind, URL and user, and never the password") {
  World world;
  const auto answer = world.keep("home", "ada");
  REQUIRE(std::holds_alternative<messages::Kept>(answer));
  const auto& kept = std::get<messages::Kept>(answer);
  CHECK(kept.kind == "caldav");
  CHECK(kept.url == "https://cal.example.org/ada/home/");
  CHECK(kept.user == "ada");
}

TEST_CASE("only its owner may replace a record, also when both logins were tried at once") {
  World world;
  world.keep("home", "ada");
  const auto stolen = world.keep("home", "bob");
  REQUIRE(std::holds_alternative<messages::Refused>(stolen));
  CHECK(std::get<messages::Refused>(stolen).code == Code::forbidden);
  CHECK(std::holds_alternative<messages::Kept>(world.keep("home", "ada")));

  world.login.hold = true;
  std::optional<messages::ToApi> ada;
  std::optional<messages::ToApi> bob;
  world.vault->keep(world.keep_message("shared", "ada"), [&](auto answer) { ada = answer; });
  world.vault->keep(world.keep_message("shared", "bob"), [&](auto answer) { bob = answer; });
  world.login.answer_all();
  CHECK(std::holds_alternative<messages::Kept>(ada.value()));
  CHECK(std::holds_alternative<messages::Refused>(bob.value()));
  CHECK(world.store->get(*base::ConnectionId::parse("shared"))->owner.text() == "ada");
}

TEST_CASE("no more than eight logins are tried at once") {
  World world;
  world.login.hold = true;
  std::vector<messages::ToApi> answers;
  for (int i = 0; i < 9; ++i) {
    world.vault->keep(world.keep_message("c" + std::to_string(i), "ada"),
                      [&](auto answer) { answers.push_back(std::move(answer)); });
  }
  REQUIRE(answers.size() == 1);
  CHECK(std::get<messages::Refused>(answers[0]).code == Code::too_many);
  world.login.answer_all();
  CHECK(answers.size() == 9);
}

TEST_CASE("a box that was sealed to another key, or changed, is refused") {
  World world;
  auto message = world.keep_message("home", "ada");
  message.record[message.record.size() / 2] ^= 1U;
  std::optional<messages::ToApi> answer;
  world.vault->keep(message, [&](auto said) { answer = said; });
  CHECK(std::get<messages::Refused>(answer.value()).code == Code::invalid_token);
}

TEST_CASE("a forgotten record is gone, and forgetting it leaves a row") {
  World world;
  world.keep("home", "ada");
  CHECK(std::holds_alternative<messages::Forgotten>(world.vault->forget({5, "home", "ada"})));
  CHECK(world.audit_lines().back().find("secret.forgotten") != std::string::npos);
  CHECK(refusal(world.release({}))->code == Code::not_found);
  CHECK(std::holds_alternative<messages::Refused>(world.vault->forget({6, "home", "ada"})));
  CHECK(std::holds_alternative<messages::Refused>(world.vault->forget({7, "../audit.seed", "ada"})));
}

TEST_CASE("G1: a record is forgotten for its own owner alone, and another's try leaves a row") {
  World world;
  world.keep("home", "ada");
  for (const std::string other : {"bob", "", "../ada"}) {
    const auto rows = world.audit_lines().size();
    CHECK(std::holds_alternative<messages::Refused>(world.vault->forget({5, "home", other})));
    REQUIRE(world.audit_lines().size() == rows + 1);
    CHECK(world.audit_lines().back().find("secret.forget_refused") != std::string::npos);
  }
  CHECK(std::get<messages::Refused>(world.vault->forget({6, "home", "bob"})).code == Code::forbidden);
  CHECK_FALSE(refusal(world.release({})));
}

TEST_CASE("a server that turns out to be the platform itself is refused at the keeping, and at each release") {
  World world;
  const auto itself = world.keep(world.keep_message("home", "ada", "https://127.0.0.1:7811/api/", {"127.0.0.1:7811"}));
  CHECK(std::get<messages::Refused>(itself).code == Code::address_refused);
  CHECK(world.login.tried == 0);
  // Kept while the platform had another port.
  CHECK(std::holds_alternative<messages::Kept>(
      world.keep(world.keep_message("home", "ada", "https://127.0.0.1:7812/api/", {"127.0.0.1:7812"}))));
  world.restart(7812);
  CHECK(refusal(world.release({}))->code == Code::address_refused);
}

TEST_CASE("the audit is read from any row on, at most 500 rows at a time") {
  World world;
  for (int i = 0; i < 502; ++i)
    static_cast<void>(world.vault->forget({1, "none", "ada"}));
  const auto all = std::get<messages::AuditLines>(world.vault->read_audit({1, 0})).lines;
  CHECK(all.size() == 500);
  CHECK(std::get<messages::AuditLines>(world.vault->read_audit({2, 500})).lines.size() == 2);
  CHECK(std::get<messages::AuditLines>(world.vault->read_audit({3, 100'000})).lines.empty());
}

}  // namespace x1::vault
