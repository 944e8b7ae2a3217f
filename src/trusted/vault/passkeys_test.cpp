#include "vault/passkeys.hpp"

#include <doctest/doctest.h>

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

policy::ConsentToken consent(const World& world) {
  auto token = policy::testing::consent(policy::testing::challenge());
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
  CHECK(code_of(check(world, early)) == Code::invalid_token);
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
