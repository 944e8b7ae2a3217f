// By which keys the vault believes the API while one follows another, and what it forgets when one is revoked.
#include "vault/api_keys.hpp"

#include <doctest/doctest.h>

#include "vault/test_world.hpp"

namespace x1::vault {
namespace {

using base::Code;
using namespace std::chrono_literals;
namespace messages = seam::vault;
using testing::World;

bool is_released(const messages::ToBroker& answer) { return std::holds_alternative<messages::Released>(answer); }
Code code_of(const messages::ToBroker& answer) {
  const auto* refused = std::get_if<messages::Refused>(&answer);
  REQUIRE(refused != nullptr);
  return refused->code;
}

// A session that was opened, and a consent given for it, when the first key signed.
struct Rotating : World {
  Rotating() {
    keep("home", "ada");
    good = tokens(for_session);
    CHECK(is_released(send(good)));
  }
  void use_next() {
    clock.advance(1s);
    use(policy::with_next(api_keys->set(), next.public_key(), clock.now()).value());
  }
  void retire(bool revoke) {
    clock.advance(1s);
    use(policy::with_retired(api_keys->set(), clock.now(), revoke));
  }
  void use(const policy::KeySet& set) { REQUIRE(api_keys->use(policy::to_value(set)).ok()); }
  // The tokens of before, with a request of now.
  messages::Release again() const {
    auto now = tokens({});
    return {7, now.request, good.turn, good.consent};
  }
  // Dated back to when the old key signed, by whoever has it now.
  messages::Release dated_back() const {
    const auto back = clock.now() - 10s;
    return tokens(
        {.turn = [back](auto& t) { t.issued = back; },
         .consent = [back](auto& c) { c.id = "forged", c.lifetime = policy::Lifetime::session, c.issued = back; }});
  }
  messages::Release by_next() const {
    return tokens({.consent = [](auto& c) { c.id = "consent2", c.lifetime = policy::Lifetime::session; },
                   .turn_key = &next,
                   .consent_key = &next});
  }
  crypto::SigningKey next = crypto::SigningKey::generate().value();
  Change for_session{.consent = [](auto& c) { c.lifetime = policy::Lifetime::session; }};
  messages::Release good;
};

}  // namespace

TEST_CASE("F1: what an earlier key had signed is good while that key is retired, and what it signs after that is not") {
  Rotating world;
  world.use_next();
  CHECK(is_released(world.send(world.again())));
  world.retire(false);
  CHECK(is_released(world.send(world.again())));
  world.clock.advance(50min);  // a turn may last that long
  CHECK(is_released(world.send(world.again())));
  CHECK(code_of(world.send(world.tokens({}))) == Code::invalid_token);
  const auto by_next = world.by_next();
  CHECK(is_released(world.send(by_next)));
  CHECK(is_released(world.send({7, by_next.request, by_next.turn, world.good.consent})));
}

TEST_CASE("F1: with a retired key nothing is released to a session that began after it, however the tokens are dated") {
  Rotating world;
  world.use_next();
  world.retire(false);
  world.clock.advance(5s);
  auto later = Vault::channel(base::SessionId::parse("s1").value(), world.dialer.public_key(), world.clock.now());
  CHECK(code_of(world.send(world.again(), later)) == Code::invalid_token);
  CHECK(code_of(world.send(world.dated_back(), later)) == Code::invalid_token);
  CHECK(is_released(world.send(world.by_next(), later)));
}

TEST_CASE(
    "F1, D5: a vault that is started again goes on with what a retired key had signed, in sessions of before alone") {
  Rotating world;
  const auto began = world.clock.now();
  world.use_next();
  world.retire(false);
  world.api_set = world.api_keys->set();
  world.clock.advance(5s);
  world.restart();
  const auto session = [&](base::TimePoint since) {
    return Vault::channel(base::SessionId::parse("s1").value(), world.dialer.public_key(), since);
  };
  auto before = session(began);
  CHECK(is_released(world.send(world.again(), before)));
  CHECK(code_of(world.send(world.tokens({}), before)) == Code::invalid_token);
  auto later = session(world.clock.now());
  CHECK(code_of(world.send(world.again(), later)) == Code::invalid_token);
  CHECK(is_released(world.send(world.by_next(), later)));
}

TEST_CASE("F1: a key that is revoked is forgotten at once, with all that was believed by it") {
  Rotating world;
  world.use_next();
  CHECK(is_released(world.send(world.again())));
  world.retire(true);
  CHECK(code_of(world.send(world.again())) == Code::invalid_token);
  CHECK(code_of(world.send(world.dated_back())) == Code::invalid_token);
  const auto by_next = world.by_next();
  CHECK(is_released(world.send(by_next)));
  CHECK(code_of(world.send({7, by_next.request, by_next.turn, world.good.consent})) == Code::invalid_token);
}

TEST_CASE("F1: each set of keys is a row, and an old one that comes again is refused, also by the next start") {
  Rotating world;
  const auto first = world.api_keys->set();
  const auto rows = world.audit_lines().size();
  world.use_next();
  const auto second = world.api_keys->set();
  world.retire(true);
  const auto third = world.api_keys->set();
  CHECK(world.audit_lines().size() == rows + 2);
  for (const auto& old : {first, second, third})
    CHECK(world.api_keys->use(policy::to_value(old)).error().code == Code::conflict);
  CHECK_FALSE(world.api_keys->use(wire::Value("nonsense")).ok());
  CHECK(world.api_keys->set() == third);
  CHECK(world.audit_lines().size() == rows + 2);

  for (const auto& old : {first, second}) {
    const auto opened = ApiKeys::open(old, third.number, *world.journal, world.clock);
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().code == Code::storage_failed);
  }
  world.api_set = third;
  world.restart();
  CHECK(world.api_keys->set().number == third.number);
  CHECK(world.audit_lines().size() == rows + 2);
}

TEST_CASE("a set of keys that can't be written down is not used") {
  Rotating world;
  const auto next = policy::with_next(world.api_keys->set(), world.next.public_key(), world.clock.now()).value();
  world.fill_disk();
  CHECK(world.api_keys->use(policy::to_value(next)).error().code == Code::storage_failed);
  CHECK(world.api_keys->set().number == 1);
}

}  // namespace x1::vault
