// A grant for a part of an account, and a question that is asked about another account instead.
#include <doctest/doctest.h>

#include "policy/decide.hpp"
#include "policy/examples.hpp"

namespace x1::policy {
namespace {

using testing::at;
using testing::id;

Challenge asked() {
  auto challenge = testing::challenge();
  challenge.base_path = "/ada/home/";
  return challenge;
}

ConsentToken answer(const Challenge& challenge, std::optional<std::string> within,
                    Lifetime lifetime = Lifetime::session) {
  auto token = testing::consent(challenge, lifetime);
  token.within = std::move(within);
  return token;
}

Grant part_grant(std::optional<std::string> within, std::string_view name = "g1",
                 Lifetime lifetime = Lifetime::session) {
  auto grant = testing::grant(testing::challenge(), lifetime, name);
  grant.within = std::move(within);
  return grant;
}

TEST_CASE("a part is a plain path that ends with a slash, in the account") {
  CHECK(is_part("/ada/", "/ada/work/"));
  CHECK(is_part("/ada", "/ada/work/"));
  CHECK(is_part("/ada/", "/ada/"));
  CHECK(is_part("/", "/ada/"));
  for (const std::string_view no :
       {"", "/", "/ada/work", "/bob/", "/adawork/", "ada/work/", "/ada/../bob/", "/ada/./", "/ada//work/",
        "/ada/%2e%2e/bob/", "/ada/%2fbob/", "/ada/w?x/", "/ada/w#x/", "/ada/w\\x/", "/ada/w x/", "/ada/\xc3\xbc/"}) {
    CAPTURE(no);
    CHECK_FALSE(is_part("/ada/", no));
  }
  CHECK_FALSE(is_part("/ada/", "/ada/" + std::string(max_part_bytes, 'x') + "/"));
  CHECK_FALSE(is_part("", "/ada/"));
}

TEST_CASE("a part can be chosen for a longer grant, and lies in what was asked for") {
  auto challenge = asked();
  const auto code = [&](const ConsentToken& token) {
    const auto fits = answers(token, challenge, at(20));
    return fits.ok() ? std::string_view() : base::to_string(fits.error().code);
  };
  CHECK(code(answer(challenge, std::nullopt)).empty());
  CHECK(code(answer(challenge, "/ada/home/work/")).empty());
  CHECK(code(answer(challenge, "/ada/home/work/", Lifetime::until)).empty());
  CHECK(code(answer(challenge, "/ada/home/work/", Lifetime::once)) == "invalid_token");
  CHECK(code(answer(challenge, "/ada/")) == "invalid_token");
  CHECK(code(answer(challenge, "/ada/home/../work/")) == "invalid_token");
  challenge.within = "/ada/home/work/";
  CHECK(code(answer(challenge, "/ada/home/work/deep/")).empty());
  CHECK(code(answer(challenge, "/ada/home/play/")) == "invalid_token");
  CHECK(code(answer(challenge, "/ada/home/")) == "invalid_token");
  challenge.within.reset();
  challenge.base_path.clear();
  CHECK(code(answer(challenge, "/ada/home/work/")) == "invalid_token");
}

TEST_CASE("the grant is for the part that was chosen, or else for the part that was asked for") {
  for (const auto& [chosen, named, granted] :
       std::vector<std::array<std::optional<std::string>, 3>>{{std::nullopt, std::nullopt, std::nullopt},
                                                              {"/ada/home/a/", std::nullopt, "/ada/home/a/"},
                                                              {std::nullopt, "/ada/home/a/", "/ada/home/a/"},
                                                              {"/ada/home/a/b/", "/ada/home/a/", "/ada/home/a/b/"}}) {
    auto challenge = asked();
    challenge.within = named;
    Ledger ledger;
    ledger.apply(Asked{challenge});
    ledger.apply(*ledger.redeem(answer(challenge, chosen), "text", id<base::GrantId>("g1"), at(20)));
    REQUIRE(ledger.grants().size() == 1);
    CHECK(ledger.grants()[0].within == granted);
  }
}

TEST_CASE("a grant for a part covers calls that are made for it or less") {
  const auto manifest = testing::manifest();
  const auto& scope = *find_scope(manifest, "calendar.write");
  auto call = testing::call(testing::challenge());
  const auto covered = [&](const Grant& grant, std::optional<std::string> within) {
    call.within = std::move(within);
    return covers(grant, call, scope, at(30));
  };
  const auto grant = part_grant("/ada/home/work/");
  CHECK(covered(grant, "/ada/home/work/"));
  CHECK(covered(grant, "/ada/home/work/deep/"));
  CHECK_FALSE(covered(grant, std::nullopt));
  CHECK_FALSE(covered(grant, "/ada/home/"));
  CHECK_FALSE(covered(grant, "/ada/home/play/"));
  CHECK(covered(part_grant(std::nullopt), "/ada/home/work/"));
  CHECK(covered(part_grant(std::nullopt), std::nullopt));
}

TEST_CASE("a call for a part reaches nothing outside of it, whatever the provider wants") {
  auto call = testing::call(testing::challenge());
  call.within = "/ada/home/work/";
  const auto grant = part_grant("/ada/home/work/");
  auto decision = decide(call, testing::manifest(), {&grant, 1}, at(30));
  REQUIRE(std::holds_alternative<Allow>(decision));
  const auto& permit = std::get<Allow>(decision).permit;
  const auto allowed = [&](std::string target, const wire::Url& connection = testing::connection()) {
    auto wanted = testing::planned();
    wanted.target = std::move(target);
    return std::holds_alternative<RequestPermit>(
        decide_request(permit, wanted, 0, {}, testing::manifest(), connection));
  };
  CHECK(allowed("/ada/home/work/new.ics"));
  CHECK_FALSE(allowed("/ada/home/new.ics"));
  CHECK_FALSE(allowed("/ada/home/play/new.ics"));
  CHECK_FALSE(allowed("/ada/home/workshop/new.ics"));
  CHECK_FALSE(allowed("/ada/home/work/../new.ics"));
  auto elsewhere = testing::connection();
  elsewhere.path = "/ada/other/";
  CHECK_FALSE(allowed("/ada/home/work/new.ics", elsewhere));
}

TEST_CASE("D2: a REPORT whose body names other places is refused, for a part and for an account that is one calendar") {
  const auto multiget = testing::report_body("calendar-multiget", "<d:href>/ada/private/x.ics</d:href>");
  const auto manifest = testing::manifest();
  for (const std::optional<std::string>& part :
       {std::optional<std::string>("/ada/home/work/"), std::optional<std::string>()}) {
    auto call = testing::call(testing::challenge("c1", testing::request("s1", "ada", "calendar.read")));
    call.tool = "calendar_list_events";
    call.within = part;
    auto grant = part_grant(part);
    grant.scope = "calendar.read";
    auto decision = decide(call, manifest, {&grant, 1}, at(30));
    REQUIRE(std::holds_alternative<Allow>(decision));
    const auto& permit = std::get<Allow>(decision).permit;
    auto wanted = testing::report("/ada/home/work/");
    CHECK(
        std::holds_alternative<RequestPermit>(decide_request(permit, wanted, 0, {}, manifest, testing::connection())));
    wanted.body = multiget;
    const auto refused = decide_request(permit, wanted, 0, {}, manifest, testing::connection());
    REQUIRE(std::holds_alternative<Deny>(refused));
    CHECK(std::get<Deny>(refused).reason == DenyReason::body);
  }
}

TEST_CASE("a copy can't leave the part either") {
  auto manifest = testing::manifest();
  manifest.scopes[1].http = {{{wire::Method::copy}, "**"}};
  auto call = testing::call(testing::challenge());
  call.within = "/ada/home/work/";
  const auto grant = part_grant("/ada/home/work/");
  auto decision = decide(call, manifest, {&grant, 1}, at(30));
  const auto allowed = [&](std::string destination) {
    auto wanted = testing::planned();
    wanted.method = wire::Method::copy;
    wanted.target = "/ada/home/work/a.ics";
    wanted.headers = {{"destination", std::move(destination)}};
    wanted.body.clear();
    return std::holds_alternative<RequestPermit>(
        decide_request(std::get<Allow>(decision).permit, wanted, 0, {}, manifest, testing::connection()));
  };
  CHECK(allowed("/ada/home/work/b.ics"));
  CHECK_FALSE(allowed("/ada/home/play/b.ics"));
  CHECK_FALSE(allowed("https://calendar.example/ada/home/play/b.ics"));
}

TEST_CASE("a call for which no part was named is made for the one that the person picked last") {
  auto call = testing::call(testing::challenge());
  std::vector<Grant> grants{part_grant("/ada/home/a/", "g1"), part_grant("/ada/home/b/", "g2")};
  grants[1].granted = at(25);
  const auto part = [&] { return part_for(call, testing::manifest(), grants, at(30)); };
  CHECK(part() == "/ada/home/b/");
  grants[0].sources = grants[1].sources = 1;
  call.entered = 2;  // also when they will be asked again
  CHECK(part() == "/ada/home/b/");
  grants[1].revoked = true;
  CHECK(part() == "/ada/home/a/");
  grants.push_back(part_grant(std::nullopt, "g3"));
  CHECK(part() == std::nullopt);
  grants.back().lifetime = Lifetime::once;
  CHECK(part() == "/ada/home/a/");
  call.connection = id<ConnectionId>("work");
  CHECK(part() == std::nullopt);
}

TEST_CASE("a question can be asked about another account, if it offers that") {
  auto challenge = testing::challenge();
  challenge.choices.accounts = {{id<ConnectionId>("home"), "https://a/"}, {id<ConnectionId>("work"), "https://b/"}};
  Ledger ledger;
  ledger.apply(Asked{challenge});
  CHECK(ledger.deny(challenge.id, at(20), id<ConnectionId>("bobs")).error().code == base::Code::invalid_request);
  CHECK_FALSE(ledger.deny(challenge.id, at(20), id<ConnectionId>("home")).ok());
  ledger.apply(Denied{challenge.id, at(20), id<ConnectionId>("bobs")});
  CHECK(ledger.state(challenge.id, at(20)) == ChallengeState::pending);
  const auto fact = ledger.deny(challenge.id, at(20), id<ConnectionId>("work"));
  REQUIRE(fact.ok());
  ledger.apply(*fact);
  CHECK(ledger.state(challenge.id, at(20)) == ChallengeState::denied);
  REQUIRE(ledger.chosen_by(id<UserId>("ada")).size() == 1);
  CHECK(ledger.chosen_by(id<UserId>("ada"))[0] == id<ConnectionId>("work"));
  CHECK(ledger.chosen_by(id<UserId>("bob")).empty());
  const auto back = ledger_fact_from(to_value(LedgerFact(*fact)));
  REQUIRE(back.ok());
  CHECK(std::get<Denied>(*back) == *fact);
}

TEST_CASE("what a question offers is signed with it, and read back") {
  auto challenge = asked();
  challenge.within = "/ada/home/work/";
  challenge.sources = {{SourceKind::user, "ada"}, {SourceKind::host, "https://evil.example"}};
  challenge.known = 1;
  challenge.choices = {{{id<ConnectionId>("work"), "https://work.example/"}}, {"/ada/home/work/a/"}};
  const auto back = challenge_from(to_value(challenge));
  REQUIRE(back.ok());
  CHECK(*back == challenge);
  const auto key = crypto::SigningKey::generate().value();
  const std::array keys{key.public_key()};
  const auto token = sign(challenge, key);
  CHECK(verify_challenge(token, keys, challenge).ok());
  auto changed = challenge;
  changed.sources.pop_back();
  CHECK_FALSE(verify_challenge(token, keys, changed).ok());
  changed = challenge;
  changed.choices.parts[0] = "/ada/home/work/b/";
  CHECK_FALSE(verify_challenge(token, keys, changed).ok());
  changed = challenge;
  changed.choices.parts[0] = "/bob/";
  CHECK_FALSE(challenge_from(to_value(changed)).ok());
  changed = challenge;
  changed.within = "/bob/";
  CHECK_FALSE(challenge_from(to_value(changed)).ok());
  changed = challenge;
  changed.known = 3;
  CHECK_FALSE(challenge_from(to_value(changed)).ok());
}

TEST_CASE("a touch is for the part that the person chose") {
  const auto challenge = asked();
  const auto whole = answer(challenge, std::nullopt);
  const auto part = answer(challenge, "/ada/home/work/");
  CHECK(consent_statement(whole) != consent_statement(part));
  CHECK(consent_statement(answer(challenge, "/ada/home/play/")) != consent_statement(part));
  const auto key = crypto::SigningKey::generate().value();
  const std::array keys{key.public_key()};
  const auto back = verify_consent(sign(part, key), keys, at(20));
  REQUIRE(back.ok());
  CHECK(*back == part);
}

}  // namespace
}  // namespace x1::policy
