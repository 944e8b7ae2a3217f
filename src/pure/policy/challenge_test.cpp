#include "policy/challenge.hpp"

#include <doctest/doctest.h>

#include <array>
#include <functional>

#include "policy/examples.hpp"

namespace x1::policy {
namespace {

using base::Code;
using testing::at;
using testing::id;

TEST_CASE("a challenge comes back from its Value") {
  const auto challenge = testing::challenge();
  CHECK(challenge_from(to_value(challenge)).value() == challenge);
}

TEST_CASE("a challenge whose request was changed no longer has its digest") {
  auto challenge = testing::challenge();
  SUBCASE("body") { challenge.request.requests[0].body += " "; }
  SUBCASE("target") { challenge.request.requests[0].target = "/ada/home/x.ics"; }
  SUBCASE("argument") { challenge.request.arguments = wire::Value::Object{{"summary", "Party"}}; }
  SUBCASE("scope") { challenge.request.scope = "calendar.read"; }
  SUBCASE("actor") { challenge.request.actor = id<UserId>("bob"); }
  SUBCASE("request missing") { challenge.request.requests.clear(); }
  SUBCASE("digest") { challenge.digest = crypto::sha256("x"); }
  CHECK_FALSE(challenge_from(to_value(challenge)).ok());
}

TEST_CASE("a body that stands in the challenge by its digest is still bound by the challenge's") {
  auto request = testing::request();
  request.requests[0].body = std::string(wire::max_shown_body + 1, 'x');
  const auto challenge = testing::challenge("c1", request);
  const auto read = challenge_from(to_value(challenge));
  REQUIRE(read.ok());
  CHECK(read->digest == challenge.digest);
  CHECK(to_value(*read) == to_value(challenge));
  auto changed = *read;
  changed.request.requests[0].elided->bytes += 1;
  CHECK_FALSE(challenge_from(to_value(changed)).ok());
}

TEST_CASE("a challenge of another session than its request, or that ends before it begins, is refused") {
  auto challenge = testing::challenge();
  challenge.session = id<SessionId>("s2");
  CHECK_FALSE(challenge_from(to_value(challenge)).ok());
  challenge = testing::challenge();
  challenge.expires = challenge.issued;
  CHECK_FALSE(challenge_from(to_value(challenge)).ok());
}

TEST_CASE("a member too many or too few is refused") {
  auto value = to_value(testing::challenge());
  value.object()->emplace("extra", 1);
  CHECK_FALSE(challenge_from(value).ok());
  for (const auto name : {"id", "session", "turn", "request", "digest", "issued", "expires"}) {
    CAPTURE(name);
    auto fewer = to_value(testing::challenge());
    fewer.object()->erase(name);
    CHECK_FALSE(challenge_from(fewer).ok());
  }
}

TEST_CASE("D4: a question is the sidecar's when its boot key signed exactly this one") {
  const auto boot = crypto::SigningKey::generate().value();
  const auto other = crypto::SigningKey::generate().value();
  const std::array keys{boot.public_key()};
  auto challenge = testing::challenge();
  challenge.assurance = Assurance::terminal;
  const auto signature = sign(challenge, boot);
  CHECK(verify_challenge(signature, keys, challenge).ok());
  CHECK_FALSE(verify_challenge(sign(challenge, other), keys, challenge).ok());
  CHECK_FALSE(verify_challenge("", keys, challenge).ok());
  const std::vector<std::function<void(Challenge&)>> changes{
      [](Challenge& asked) { asked.id = id<ChallengeId>("c2"); },
      [](Challenge& asked) { asked.turn = TurnNumber{4}; },
      [](Challenge& asked) { asked.expires = at(7200); },
      [](Challenge& asked) { asked.assurance = Assurance::none; },
      [](Challenge& asked) { asked.request.requests[0].body += " "; },
      [](Challenge& asked) { asked.request.arguments = wire::Value::Object{{"summary", "Party"}}; },
  };
  for (const auto& change : changes) {
    auto shown = challenge;
    change(shown);
    const auto held = verify_challenge(signature, keys, shown);
    REQUIRE_FALSE(held.ok());
    CHECK(held.error().code == Code::invalid_token);
  }
}

TEST_CASE("D3: a consent token answers just the challenge that it is bound to") {
  const auto challenge = testing::challenge();
  CHECK(answers(testing::consent(challenge), challenge, at(20)).ok());
  const std::vector<std::function<void(ConsentToken&)>> changes{
      [](ConsentToken& token) { token.challenge = id<ChallengeId>("c2"); },
      [](ConsentToken& token) { token.session = id<SessionId>("s2"); },
      [](ConsentToken& token) { token.actor = id<UserId>("bob"); },
      [](ConsentToken& token) { token.scope = "calendar.read"; },
      [](ConsentToken& token) { token.scope = "calendar"; },
      [](ConsentToken& token) { token.connection = id<ConnectionId>("work"); },
      [](ConsentToken& token) { token.digest = crypto::sha256("x"); },
      [](ConsentToken& token) { token.until = at(9000); },
      [](ConsentToken& token) { token.lifetime = Lifetime::until; },
  };
  for (const auto& change : changes) {
    auto token = testing::consent(challenge);
    change(token);
    const auto answered = answers(token, challenge, at(20));
    REQUIRE_FALSE(answered.ok());
    CHECK(answered.error().code == Code::invalid_token);
  }
}

TEST_CASE("a consent token is no answer once it, the challenge, or the end that was agreed has passed") {
  const auto challenge = testing::challenge();  // expires at 3600
  auto token = testing::consent(challenge, Lifetime::until);
  CHECK_FALSE(answers(token, challenge, at(305)).ok());
  token.expires = at(100'000);
  CHECK(answers(token, challenge, at(3599)).ok());
  CHECK_FALSE(answers(token, challenge, at(3600)).ok());
  token.until = at(30);
  CHECK_FALSE(answers(token, challenge, at(30)).ok());
}

}  // namespace
}  // namespace x1::policy
