// Other keys for the API, with the test as the supervisor: what goes on, what ends, and what is written down of it.
#include "broker/key_desk.hpp"

#include <doctest/doctest.h>

#include "broker/control_desk.hpp"
#include "broker/core_rig.hpp"
#include "broker/rows.hpp"

using namespace x1;
using namespace x1::broker;
using namespace x1::broker::testing;
using base::Code;
using examples::at;

namespace {

struct World {
  World() {
    const std::string facts = R"({"connections":[]})";
    rig.core.record(rows::boot(rig.clock.now(), rig.key.public_key()));
    const policy::TurnCertificate certificate{rig.session,
                                              base::TurnNumber{3},
                                              examples::id<base::UserId>("ada"),
                                              crypto::sha256("go on"),
                                              crypto::sha256(facts),
                                              rig.key.public_key(),
                                              rig.clock.now(),
                                              rig.clock.now() + std::chrono::hours(1)};
    auto turn = read_turn(policy::sign(certificate, rig.api_key) + "\n" + facts + "\ngo on", rig.core.api_keys,
                          rig.clock.now());
    REQUIRE(turn.ok());
    REQUIRE(rig.core.turns.open(std::move(turn).value()).ok());
    ask("c1");
    CHECK(answer_to(consent("c1", "t1", rig.api_key)) == "ok");
  }

  void ask(std::string_view challenge) { apply_fact(rig.memory, policy::Asked{examples::challenge(challenge)}); }
  static std::string consent(std::string_view challenge, std::string_view id, const crypto::SigningKey& key) {
    return policy::sign(examples::consent(examples::challenge(challenge), policy::Lifetime::session, id), key);
  }
  std::string answer_to(const std::string& token) {
    std::optional<std::string> answer;
    control.take(token, [&](std::string text) { answer = std::move(text); });
    rig.until([&] { return answer.has_value(); });
    return answer->substr(0, answer->find(' ', answer->find(' ') + 1));
  }
  base::Status use(const policy::KeySet& keys) {
    std::optional<base::Status> used;
    desk.take(policy::to_value(keys), [&](base::Status status) { used = std::move(status); });
    rig.until([&] { return used.has_value(); });
    return *used;
  }
  std::size_t live_grants() const {
    return rig.memory.ledger.grants_for(examples::id<base::UserId>("ada"), "calendar.write").size();
  }
  // The journal as a restart would find it: the file itself is this broker's.
  std::string journal() const {
    const auto copy = rig.folder + "/copy";
    std::filesystem::copy_file(rig.folder + "/journal", copy, std::filesystem::copy_options::overwrite_existing);
    return copy;
  }
  policy::KeySet two() const { return policy::with_next(rig.core.api_keys, next.public_key(), at(14)).value(); }

  CoreRig rig;
  crypto::SigningKey next = crypto::SigningKey::generate().value();
  std::vector<std::string> closed;
  int ledger_changes = 0;
  std::function<void()> while_asked;
  KeyDesk desk{rig.core, KeyEffects{[this] { ++ledger_changes; },
                                    [this](std::string_view outcome) {
                                      closed.emplace_back(outcome);
                                      rig.core.turns.close();
                                    }}};
  ControlDesk control{rig.core, ControlEffects{[] {}, [](const policy::RevokeGrants&) {}, [](std::string_view) {},
                                               [] {}, [](std::string_view, const std::string&) { return true; },
                                               [this](const std::string&, const auto& then) {
                                                 while_asked();
                                                 then(base::Error{Code::passkey_required, "None is pinned.", ""});
                                               }}};
};

}  // namespace

TEST_CASE("F1: when one key follows another, the open turn and the grants go on, and both steps are rows") {
  World world;
  CHECK(world.use(world.two()).ok());
  world.ask("c2");
  CHECK(world.answer_to(World::consent("c2", "t2", world.rig.api_key)) == "ok");  // on its way meanwhile
  CHECK(world.use(policy::with_retired(world.rig.core.api_keys, world.rig.clock.now(), false)).ok());
  CHECK(world.closed.empty());
  CHECK(world.live_grants() == 2);
  world.ask("c3");
  CHECK(world.answer_to(World::consent("c3", "t3", world.next)) == "ok");
  CHECK(world.live_grants() == 3);

  Memory after;
  std::size_t changes = 0;
  const auto again = Journal::open(world.journal(), "s1", world.rig.key, [&](const audit::Row& row) {
    changes += row.entry.kind == "keys.changed" ? 1 : 0;
    const auto done = replay(after, row, world.rig.core.api_keys);
    CHECK(done.ok());
    return done;
  });
  CHECK_MESSAGE(again.ok(), (again.ok() ? "" : again.error().message));
  CHECK(changes == 2);
}

TEST_CASE("F1: a key that is revoked takes its turn and its grants with it, and signs nothing any more") {
  World world;
  CHECK(world.use(world.two()).ok());
  world.ask("c2");
  CHECK(world.answer_to(World::consent("c2", "t2", world.next)) == "ok");
  CHECK(world.live_grants() == 2);
  CHECK(world.use(policy::with_retired(world.rig.core.api_keys, world.rig.clock.now(), true)).ok());
  CHECK(world.closed == std::vector<std::string>{"key_revoked"});
  CHECK(world.ledger_changes == 1);
  CHECK(world.live_grants() == 1);
  CHECK(world.rig.memory.ledger.grants_for(examples::id<base::UserId>("ada"), "calendar.write")[0].challenge.text() ==
        "c2");
  world.ask("c3");
  CHECK(world.answer_to(World::consent("c3", "t3", world.rig.api_key)) == "error invalid_token");
  CHECK(world.answer_to(policy::sign(
            policy::Control{"k1", world.rig.session, examples::id<base::UserId>("ada"), policy::EndSession{}, at(10)},
            world.rig.api_key)) == "error invalid_token");
}

TEST_CASE("F1: an old set of keys that comes again changes nothing, and a restart takes none that is older") {
  World world;
  const auto first = world.rig.core.api_keys;
  const auto second = world.two();
  CHECK(world.use(second).ok());
  const auto third = policy::with_retired(second, world.rig.clock.now(), false);
  CHECK(world.use(third).ok());
  for (const auto& old : {first, second, third})
    CHECK(world.use(old).error().code == Code::conflict);
  CHECK(world.rig.core.api_keys == third);
  CHECK_FALSE([&] {
    std::optional<base::Status> used;
    world.desk.take(wire::Value(7), [&](base::Status status) { used = std::move(status); });
    return used->ok();
  }());

  Memory after;
  const auto opened = Journal::open(world.journal(), "s1", world.rig.key,
                                    [&](const audit::Row& row) { return replay(after, row, second); });
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().code == Code::storage_failed);
}

TEST_CASE("F1: a key that is revoked while the vault is asked about a touch grants nothing") {
  World world;
  CHECK(world.use(world.two()).ok());
  world.ask("c2");
  auto token = examples::consent(examples::challenge("c2"), policy::Lifetime::session, "t2");
  token.assertion = "a touch";
  world.while_asked = [&] {
    world.rig.core.api_keys = policy::with_retired(world.rig.core.api_keys, world.rig.clock.now(), true);
  };
  CHECK(world.answer_to(policy::sign(token, world.rig.api_key)) == "error invalid_token");
}
