// What is remembered of a token saves its signature's check and nothing else; and rows that share a flush.
#include "vault/believed.hpp"

#include <doctest/doctest.h>

#include "audit/verify.hpp"
#include "vault/test_world.hpp"

namespace x1::vault {
namespace {

using base::Code;
using namespace std::chrono_literals;
namespace messages = seam::vault;
using testing::World;

Code code_of(const messages::ToBroker& answer) {
  const auto* refused = std::get_if<messages::Refused>(&answer);
  REQUIRE(refused != nullptr);
  return refused->code;
}
bool is_released(const messages::ToBroker& answer) { return std::holds_alternative<messages::Released>(answer); }

// A world whose channel has believed the tokens of a consent for the session.
struct Warm : World {
  Warm() {
    keep("home", "ada");
    good = tokens(for_session);
    CHECK(is_released(send(good)));
    CHECK(is_released(send(good)));
  }
  Change for_session{.consent = [](auto& c) { c.lifetime = policy::Lifetime::session; }};
  messages::Release good;
};

}  // namespace

TEST_CASE("a token that was believed is refused when one byte of it is another") {
  Warm world;
  for (std::size_t at = 0; at < world.good.turn.size(); at += 7) {
    auto changed = world.good;
    changed.turn[at] = changed.turn[at] == 'A' ? 'B' : 'A';
    if (changed.turn == world.good.turn) continue;
    CHECK(code_of(world.send(changed)) == Code::invalid_token);
  }
  for (std::size_t at = 0; at < world.good.consent.size(); at += 7) {
    auto changed = world.good;
    changed.consent[at] = changed.consent[at] == 'A' ? 'B' : 'A';
    if (changed.consent == world.good.consent) continue;
    CHECK(code_of(world.send(changed)) == Code::invalid_token);
  }
  CHECK(is_released(world.send(world.good)));
}

TEST_CASE("a turn that was believed is refused once it has expired") {
  Warm world;
  const auto old = world.good;
  world.clock.advance(59min);
  auto fresh = world.tokens({});
  CHECK(is_released(world.send({7, fresh.request, old.turn, old.consent})));
  world.clock.advance(2min);
  fresh = world.tokens({});
  CHECK(code_of(world.send({7, fresh.request, old.turn, old.consent})) == Code::expired);
}

TEST_CASE("the request is verified each time, by the boot key of the turn that was believed") {
  Warm world;
  const auto other = crypto::SigningKey::generate().value();
  auto forged = world.tokens({.consent = world.for_session.consent, .boot_key = &other});
  CHECK(code_of(world.send({7, forged.request, world.good.turn, world.good.consent})) == Code::invalid_token);
  world.clock.advance(31s);
  CHECK(code_of(world.send(world.good)) == Code::expired);
}

TEST_CASE("what was believed counts for what it says: another session, scope, connection or turn is refused") {
  Warm world;
  Vault::Channel other{base::SessionId::parse("s2").value(), world.dialer.public_key(), world.own.believed};
  CHECK(code_of(world.send(world.good, other)) == Code::forbidden);
  const auto with = [&](std::function<void(policy::ReleaseRequest&)> change) {
    const auto request = world.tokens({.request = std::move(change)}).request;
    return code_of(world.send({7, request, world.good.turn, world.good.consent}));
  };
  CHECK(with([](auto& r) { r.scope = "calendar.write"; }) == Code::forbidden);
  CHECK(with([](auto& r) { r.connection = *base::ConnectionId::parse("work"); }) == Code::forbidden);
  CHECK(with([](auto& r) { r.turn = base::TurnNumber{4}; }) == Code::forbidden);
}

TEST_CASE("a consent that was believed is still counted, and over when its time is") {
  World world;
  world.keep("home", "ada");
  const auto good = world.tokens({});
  for (int i = 0; i < 16; ++i)
    CHECK(is_released(world.send(good)));
  CHECK(code_of(world.send(good)) == Code::expired);

  const auto until = world.tokens({.consent = [](auto& c) {
    c.id = "until";
    c.lifetime = policy::Lifetime::until;
    c.until = c.issued + 10s;
  }});
  CHECK(is_released(world.send(until)));
  world.clock.advance(11s);
  const auto fresh = world.tokens({});
  CHECK(code_of(world.send({7, fresh.request, until.turn, until.consent})) == Code::expired);
}

TEST_CASE("a new turn's certificate empties what was believed, and few consents are remembered") {
  World world;
  const auto api = world.api_set;
  const auto now = world.clock.now();
  Believed believed(now);
  const auto good = world.tokens({});
  const auto other = policy::KeySet::of(crypto::SigningKey::generate().value().public_key());
  REQUIRE(believed.turn(good.turn, api, now).ok());
  REQUIRE(believed.consent(good.consent, api, now).ok());
  // A key that can't have signed it shows whether the signature is looked at again.
  CHECK(believed.turn(good.turn, other, now).ok());
  CHECK(believed.consent(good.consent, other, now).ok());
  for (std::size_t i = 0; i < Believed::most_consents; ++i) {
    const auto next = world.tokens({.consent = [&](auto& c) { c.id = "c" + std::to_string(i); }});
    REQUIRE(believed.consent(next.consent, api, now).ok());
  }
  CHECK_FALSE(believed.consent(good.consent, other, now).ok());
  REQUIRE(believed.consent(good.consent, api, now).ok());
  REQUIRE(believed.turn(world.tokens({.turn = [](auto& t) { t.turn = base::TurnNumber{4}; }}).turn, api, now).ok());
  CHECK_FALSE(believed.turn(good.turn, other, now).ok());
  CHECK_FALSE(believed.consent(good.consent, other, now).ok());
}

TEST_CASE("releases that share a flush each have their row, and none is answered before") {
  Warm world;
  const auto before = world.audit_lines().size();
  int answered = 0;
  for (int i = 0; i < 3; ++i)
    world.vault->release(world.own, world.good, [&](const auto& answer) { answered += is_released(answer) ? 1 : 0; });
  CHECK(answered == 0);
  CHECK(world.audit_lines().size() == before);
  world.vault->flush();
  CHECK(answered == 3);
  CHECK(world.audit_lines().size() == before + 3);
  audit::Verifier verifier(audit::Trust{{{world.keys->audit.key_id(), world.keys->audit.public_key()}}, {}, {}});
  for (const auto& line : world.audit_lines())
    CHECK(verifier.feed(line));
}

TEST_CASE("a row that was lost by another's failed write releases nothing, though the flush itself has nothing to do") {
  Warm world;
  std::vector<messages::ToBroker> answers;
  world.vault->release(world.own, world.good, [&](auto answer) { answers.push_back(std::move(answer)); });
  world.fill_disk();
  CHECK(std::holds_alternative<messages::Refused>(world.vault->forget({1, "none", "ada"})));
  CHECK(answers.empty());
  world.vault->flush();
  REQUIRE(answers.size() == 1);
  CHECK(code_of(answers[0]) == Code::storage_failed);
}

}  // namespace x1::vault
