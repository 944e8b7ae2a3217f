#include "broker/journal.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <vector>

#include "broker/replay.hpp"
#include "broker/rows.hpp"
#include "os/file.hpp"
#include "policy/examples.hpp"

namespace x1::broker {
namespace {

namespace examples = policy::testing;
using examples::at;

struct World {
  World() : folder((std::filesystem::temp_directory_path() / "x1-journal-XXXXXX").string()) {
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
  }
  ~World() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // A boot: a new key, the rows of the boots before it replayed into a new memory.
  base::Result<Journal> boot() {
    key = crypto::SigningKey::generate().value();
    memory = Memory{};
    return Journal::open(path(), "s1", key, [this](const audit::Row& row) { return replay(memory, row, api_keys()); });
  }
  [[nodiscard]] std::string path() const { return folder + "/journal"; }
  [[nodiscard]] policy::KeySet api_keys() const { return policy::KeySet::of(api.public_key()); }

  policy::Redeemed redeemed(const policy::Challenge& challenge, const crypto::SigningKey& signer) const {
    const auto token = examples::consent(challenge, policy::Lifetime::session);
    return {token, policy::sign(token, signer), examples::id<base::GrantId>("g1"), at(20)};
  }
  // Boot, question, yes: as the broker writes it.
  void write_a_grant(const crypto::SigningKey& signer) {
    auto journal = boot();
    REQUIRE(journal.ok());
    const auto challenge = examples::challenge();
    const Turn turn{
        {challenge.session, challenge.turn, challenge.request.actor, {}, {}, key.public_key(), at(0), at(3600)},
        "certificate",
        "go on",
        {}};
    journal->append(rows::boot(at(0), key.public_key()));
    journal->append(rows::asked(at(1), turn, challenge));
    journal->append(rows::redeemed(at(20), redeemed(challenge, signer)));
    REQUIRE(journal->sync().ok());
  }

  crypto::SigningKey api = crypto::SigningKey::generate().value();
  crypto::SigningKey key = crypto::SigningKey::generate().value();
  Memory memory;
  std::string folder;
};

TEST_CASE("D3: a grant survives a restart, and its consent is still redeemed") {
  World world;
  world.write_a_grant(world.api);
  REQUIRE(world.boot().ok());
  REQUIRE(world.memory.ledger.grants().size() == 1);
  const auto token = examples::consent(examples::challenge(), policy::Lifetime::session);
  CHECK_FALSE(world.memory.ledger.redeem(token, "text", examples::id<base::GrantId>("g2"), at(30)).ok());
}

TEST_CASE("D3: a grant in the file that the API did not sign stops the start") {
  World world;
  world.write_a_grant(crypto::SigningKey::generate().value());
  const auto opened = world.boot();
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().code == base::Code::storage_failed);
}

TEST_CASE("H1: after any cut the rows that are whole are replayed, and a grant is there only with its row") {
  World world;
  world.write_a_grant(world.api);
  const auto whole = os::read_file(world.path()).value();
  const auto last_row = whole.rfind('\n', whole.size() - 2) + 1;
  for (std::size_t size = 0; size <= whole.size(); size += 7) {
    CAPTURE(size);
    std::filesystem::remove(world.path());
    REQUIRE(os::write_file(world.path(), whole.substr(0, size)).ok());
    REQUIRE(world.boot().ok());
    CHECK(world.memory.ledger.grants().empty());
  }
  CHECK(last_row < whole.size());
}

TEST_CASE("H1: a changed row stops the start") {
  World world;
  world.write_a_grant(world.api);
  const auto whole = os::read_file(world.path()).value();
  for (std::size_t i = 0; i + 1 < whole.size(); i += 41) {
    CAPTURE(i);
    auto changed = whole;
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    if (changed == whole) continue;
    std::filesystem::remove(world.path());
    REQUIRE(os::write_file(world.path(), changed).ok());
    CHECK_FALSE(world.boot().ok());
  }
}

TEST_CASE("the chain goes on over boots, and verifies as one") {
  World world;
  world.write_a_grant(world.api);
  {
    auto journal = world.boot();
    REQUIRE(journal.ok());
    CHECK(journal->seq() == 3);
    journal->append(rows::boot(at(100), world.key.public_key()));
    journal->append(rows::closed(at(101), "ended"));
    REQUIRE(journal->sync().ok());
  }
  audit::Verifier verifier(audit::Trust{});
  const auto text = os::read_file(world.path()).value();
  std::string_view left = text;
  while (!left.empty()) {
    const auto end = left.find('\n');
    CHECK(verifier.feed(left.substr(0, end)));
    left.remove_prefix(end + 1);
  }
  const auto verdict = verifier.finish();
  CHECK(verdict.rows == 5);
  CHECK(verdict.closed);
}

}  // namespace
}  // namespace x1::broker
