#include "vault/passkeys.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "policy/examples.hpp"
#include "policy/passkey_examples.hpp"
#include "vault/test_world.hpp"

namespace x1::vault {
namespace {

using base::Code;
using policy::PasskeyChange;
using policy::testing::Authenticator;
using testing::World;
namespace messages = seam::vault;

constexpr base::TimePoint at{};

messages::ToApi change(World& world, const policy::Passkey& passkey, const std::string& assertion,
                       bool remove = false) {
  return world.passkeys->change({5, remove, policy::to_value(passkey), assertion});
}
template <class Answer>
Code code_of(const Answer& answer) {
  const auto* refused = std::get_if<messages::Refused>(&answer);
  return refused == nullptr ? Code::internal : refused->code;
}

std::string add_touch(Authenticator& by, const policy::Passkey& passkey, std::uint64_t revision) {
  return by.touch(policy::change_statement(PasskeyChange::add, passkey, revision));
}
std::string remove_touch(Authenticator& by, const policy::Passkey& passkey, std::uint64_t revision) {
  return by.touch(policy::change_statement(PasskeyChange::remove, passkey, revision));
}

policy::ConsentToken consent(const World& world, std::string_view challenge = "c1") {
  auto token = policy::testing::consent(policy::testing::challenge(challenge));
  token.issued = world.clock.now();
  token.expires = token.issued + std::chrono::minutes(5);
  return token;
}
messages::ToBroker check(World& world, const policy::ConsentToken& token, std::string_view session = "s1") {
  return world.passkeys->check(base::SessionId::parse(session).value(), {9, policy::sign(token, world.api)});
}

}  // namespace

TEST_CASE("a browser's touch says nothing of the keys of the terminal, nor of others beside one of them") {
  const auto terminal_party = policy::terminal_party();
  World world;
  Authenticator browser;
  Authenticator terminal("ada", "dGVybWluYWw", terminal_party);
  CHECK(std::holds_alternative<messages::Passkeys>(change(world, browser.passkey, "")));
  CHECK(code_of(change(world, terminal.passkey, add_touch(browser, terminal.passkey, 1))) == Code::passkey_required);

  World other;
  Authenticator first("ada", "Zmlyc3Q", terminal_party);
  Authenticator second("ada", "c2Vjb25k", terminal_party);
  Authenticator third("ada", "dGhpcmQ");
  CHECK(std::holds_alternative<messages::Passkeys>(change(other, first.passkey, "")));
  CHECK(
      std::holds_alternative<messages::Passkeys>(change(other, browser.passkey, add_touch(first, browser.passkey, 1))));
  CHECK(std::holds_alternative<messages::Passkeys>(change(other, second.passkey, add_touch(first, second.passkey, 2))));
  CHECK(code_of(change(other, third.passkey, add_touch(browser, third.passkey, 3))) == Code::passkey_required);
  CHECK(code_of(change(other, first.passkey, remove_touch(browser, first.passkey, 3), true)) == Code::passkey_required);
  CHECK(std::holds_alternative<messages::Passkeys>(
      change(other, first.passkey, remove_touch(second, first.passkey, 3), true)));
}

TEST_CASE("the first passkey is pinned for the asking, and after it nobody's word is enough") {
  World world;
  Authenticator first;
  Authenticator evil("ada", "ZXZpbA");
  CHECK(std::holds_alternative<messages::Passkeys>(change(world, first.passkey, "")));
  CHECK(code_of(change(world, evil.passkey, "")) == Code::passkey_required);
  CHECK(code_of(change(world, evil.passkey, add_touch(evil, evil.passkey, 1))) == Code::passkey_required);
  // Nor does one get in under the name that the first one has.
  Authenticator same_name;
  CHECK(code_of(change(world, same_name.passkey, add_touch(same_name, same_name.passkey, 1))) == Code::conflict);
  CHECK(code_of(change(world, first.passkey, "", true)) == Code::passkey_required);
  world.restart();
  CHECK(code_of(change(world, evil.passkey, "")) == Code::passkey_required);
}

TEST_CASE("an earlier passkey lets in exactly the one that its owner saw, once") {
  World world;
  Authenticator first;
  const Authenticator second("ada", "c2Vjb25k");
  const Authenticator third("ada", "dGhpcmQ");
  REQUIRE(std::holds_alternative<messages::Passkeys>(change(world, first.passkey, "")));
  const auto touch = add_touch(first, second.passkey, 1);
  CHECK(code_of(change(world, third.passkey, touch)) == Code::invalid_token);
  CHECK(code_of(change(world, second.passkey, touch, true)) == Code::not_found);
  REQUIRE(std::holds_alternative<messages::Passkeys>(change(world, second.passkey, touch)));
  REQUIRE(std::holds_alternative<messages::Passkeys>(
      change(world, second.passkey, remove_touch(first, second.passkey, 2), true)));
  // The touch of then does not bring it back.
  CHECK(code_of(change(world, second.passkey, touch)) == Code::invalid_token);
}

TEST_CASE("the last passkey stays, so that pinning for the asking never begins anew") {
  World world;
  Authenticator first;
  REQUIRE(std::holds_alternative<messages::Passkeys>(change(world, first.passkey, "")));
  CHECK(code_of(change(world, first.passkey, remove_touch(first, first.passkey, 1), true)) == Code::conflict);
}

TEST_CASE("one person's passkey says nothing about another's") {
  World world;
  Authenticator ada;
  Authenticator bob("bob", "Ym9i");
  const Authenticator more("bob", "bW9yZQ");
  REQUIRE(std::holds_alternative<messages::Passkeys>(change(world, ada.passkey, "")));
  REQUIRE(std::holds_alternative<messages::Passkeys>(change(world, bob.passkey, "")));
  CHECK(code_of(change(world, more.passkey, add_touch(ada, more.passkey, 1))) == Code::passkey_required);
  CHECK(code_of(check(world, bob.confirmed(consent(world)))) == Code::passkey_required);
}

TEST_CASE("a broker hears by which pinned passkey a yes of its session was confirmed") {
  World world;
  Authenticator ada;
  REQUIRE(std::holds_alternative<messages::Passkeys>(change(world, ada.passkey, "")));
  const auto token = ada.confirmed(consent(world));
  const auto answer = check(world, token);
  const auto* pinned = std::get_if<messages::PasskeyPinned>(&answer);
  REQUIRE(pinned != nullptr);
  CHECK(policy::passkey_from(pinned->passkey).value() == ada.passkey);
  CHECK(code_of(check(world, token, "s2")) == Code::forbidden);
  // A broker that died before it wrote the grant down asks again, also after a restart of the vault.
  world.restart();
  CHECK(std::holds_alternative<messages::PasskeyPinned>(check(world, token)));
  CHECK(code_of(check(world, consent(world))) == Code::passkey_required);
}

TEST_CASE("a consent that the API did not sign, or whose counter went back, is refused") {
  World world;
  Authenticator ada;
  REQUIRE(std::holds_alternative<messages::Passkeys>(change(world, ada.passkey, "")));
  const auto early = ada.confirmed(consent(world));
  auto other = consent(world);
  other.lifetime = policy::Lifetime::turn;
  const auto late = ada.confirmed(other);
  const auto forged = policy::sign(early, world.boot);
  CHECK(code_of(world.passkeys->check(base::SessionId::parse("s1").value(), {9, forged})) == Code::invalid_token);
  CHECK(std::holds_alternative<messages::PasskeyPinned>(check(world, late)));
  // Another assertion with a counter that was there: a copy of the key counts for itself.
  ada.counter = 0;
  CHECK(code_of(check(world, ada.confirmed(consent(world, "c9")))) == Code::internal);
  CHECK(code_of(check(world, ada.confirmed(consent(world, "c8")))) == Code::invalid_token);
}

TEST_CASE("two touches that were made in order may arrive the other way round, each once") {
  World world;
  Authenticator ada;
  REQUIRE(std::holds_alternative<messages::Passkeys>(change(world, ada.passkey, "")));
  std::vector<policy::ConsentToken> made;
  for (std::uint32_t i = 0; i <= max_late_touches; ++i)
    made.push_back(ada.confirmed(consent(world, "c" + std::to_string(i))));
  CHECK(std::holds_alternative<messages::PasskeyPinned>(check(world, made.back())));
  // The vault's restart changes nothing of it, nor does asking again.
  world.restart();
  for (std::uint32_t i = max_late_touches - 1; i > 0; --i) {
    CHECK(std::holds_alternative<messages::PasskeyPinned>(check(world, made[i])));
    CHECK(std::holds_alternative<messages::PasskeyPinned>(check(world, made[i])));
  }
  CHECK(std::holds_alternative<messages::PasskeyPinned>(check(world, made.back())));
  // Too long over to be late.
  CHECK(code_of(check(world, made[0])) == Code::invalid_token);
  // A copy of the key that is behind has no counter left.
  ada.counter = 1;
  for (std::uint32_t i = 1; i <= max_late_touches; ++i)
    CHECK(code_of(check(world, ada.confirmed(consent(world, "d" + std::to_string(i))))) == Code::invalid_token);
}

TEST_CASE("an authenticator without a counter is taken as often as it touches") {
  World world;
  Authenticator ada;
  REQUIRE(std::holds_alternative<messages::Passkeys>(change(world, ada.passkey, "")));
  for (std::uint32_t i = 0; i < 2 * max_late_touches; ++i) {
    ada.counter = UINT32_MAX;  // the next is zero
    CHECK(std::holds_alternative<messages::PasskeyPinned>(
        check(world, ada.confirmed(consent(world, "c" + std::to_string(i))))));
  }
}

TEST_CASE("D3: a person whose passkeys the audit knows, and whose file is gone or an old one, is nobody new") {
  World world;
  Authenticator ada;
  const Authenticator evil("ada", "ZXZpbA");
  const Authenticator bob("bob", "Ym9i");
  REQUIRE(std::holds_alternative<messages::Passkeys>(change(world, ada.passkey, "")));
  const auto file = world.folder + "/passkeys/ada";
  std::filesystem::copy_file(file, world.folder + "/old");
  REQUIRE(std::holds_alternative<messages::PasskeyPinned>(check(world, ada.confirmed(consent(world)))));
  std::filesystem::copy_file(file, world.folder + "/used");
  const Authenticator second("ada", "c2Vjb25k");
  REQUIRE(std::holds_alternative<messages::Passkeys>(change(world, second.passkey, add_touch(ada, second.passkey, 1))));
  const auto refused = [&] {
    CHECK(code_of(change(world, evil.passkey, "")) == Code::storage_failed);
    CHECK(code_of(check(world, ada.confirmed(consent(world, "c2")))) == Code::storage_failed);
    CHECK(code_of(world.passkeys->list({6, "ada"})) == Code::storage_failed);
  };
  for (const bool restarted : {false, true}) {
    CAPTURE(restarted);
    const auto now = world.folder + "/now";
    std::filesystem::rename(file, now);
    if (restarted) world.restart();
    refused();
    for (const auto* old : {"/old", "/used"}) {
      std::filesystem::copy_file(world.folder + old, file, std::filesystem::copy_options::overwrite_existing);
      if (restarted) world.restart();
      refused();
    }
    std::filesystem::rename(now, file);
    CHECK(std::holds_alternative<messages::Passkeys>(world.passkeys->list({6, "ada"})));
  }
  CHECK(std::holds_alternative<messages::Passkeys>(change(world, bob.passkey, "")));
}

TEST_CASE("a passkey whose row was written, and whose file was not yet in its place, is pinned") {
  World world;
  Authenticator ada;
  REQUIRE(std::holds_alternative<messages::Passkeys>(change(world, ada.passkey, "")));
  const auto file = world.folder + "/passkeys/ada";
  // As the crash would have left it: the first pin, and then a use.
  std::filesystem::rename(file, file + ".next");
  world.restart();
  CHECK(std::holds_alternative<messages::Passkeys>(world.passkeys->list({6, "ada"})));
  std::filesystem::copy_file(file, world.folder + "/before");
  const auto token = ada.confirmed(consent(world));
  REQUIRE(std::holds_alternative<messages::PasskeyPinned>(check(world, token)));
  std::filesystem::rename(file, file + ".next");
  std::filesystem::copy_file(world.folder + "/before", file);
  world.restart();
  CHECK(std::holds_alternative<messages::PasskeyPinned>(check(world, token)));
}

TEST_CASE("each pin, use and refusal is a row, and without its row nothing is pinned") {
  World world;
  Authenticator ada;
  CHECK(std::holds_alternative<messages::Passkeys>(change(world, ada.passkey, "")));
  CHECK(std::holds_alternative<messages::PasskeyPinned>(check(world, ada.confirmed(consent(world)))));
  CHECK(code_of(change(world, Authenticator("ada", "ZXZpbA").passkey, "")) == Code::passkey_required);
  const auto lines = world.audit_lines();
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].find("passkey.pinned") != std::string::npos);
  CHECK(lines[1].find("passkey.used") != std::string::npos);
  CHECK(lines[2].find("passkey.refused") != std::string::npos);
  world.fill_disk();
  CHECK(code_of(change(world, Authenticator("bob").passkey, "")) == Code::storage_failed);
}

TEST_CASE("a person has at most eight passkeys, which come back from their text") {
  Passkeys passkeys;
  Authenticator first;
  passkeys = with_added(passkeys, first.passkey, "", at).value();
  while (passkeys.pinned.size() < policy::max_passkeys) {
    const Authenticator more("ada", std::string(4 * passkeys.pinned.size(), 'A'));
    passkeys = with_added(passkeys, more.passkey, add_touch(first, more.passkey, passkeys.revision), at).value();
  }
  const Authenticator one_more("ada", "bGFzdA");
  const auto refused =
      with_added(passkeys, one_more.passkey, add_touch(first, one_more.passkey, passkeys.revision), at);
  CHECK(refused.error().code == Code::too_many);
  CHECK(passkeys_from(to_value(passkeys)).value() == passkeys);
}

}  // namespace x1::vault
