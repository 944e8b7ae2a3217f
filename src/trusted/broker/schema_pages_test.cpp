#include <doctest/doctest.h>

#include <array>
#include <map>
#include <set>
#include <span>

#include "broker/call_rig.hpp"
#include "broker/provider_ask.hpp"
#include "policy/challenge.hpp"
#include "wire/json.hpp"
#include "wire/schema_examples.hpp"

using namespace x1;
using namespace x1::broker;

namespace {

using Names = std::set<std::string, std::less<>>;

Names names_of(const wire::Value& value) {
  Names names;
  for (const auto& [name, member] : *value.object())
    names.insert(name);
  return names;
}

std::vector<wire::Value> examples_of(const std::string& page) {
  std::vector<wire::Value> values;
  for (const auto& text : wire::testing::schema_examples(page, "json")) {
    auto value = wire::parse_json(text);
    REQUIRE(value.ok());
    CHECK(wire::canonical_json(*value) == text);
    values.push_back(std::move(*value));
  }
  return values;
}

}  // namespace

TEST_CASE("the page of events has one of each, with the members that are written") {
  const std::map<std::string, Names, std::less<>> payloads{
      {"session.started", {}},
      {"session.ended", {"reason"}},
      {"session.agent_replaced", {"from", "to", "outcome"}},
      {"turn.opened", {"message"}},
      {"turn.closed", {"outcome"}},
      {"agent.output", {"text"}},
      {"agent.status", {"text"}},
      {"agent.artifact", {"name", "media_type", "text"}},
      {"agent.question", {"id", "text"}},
      {"agent.question_over", {"question"}},
      {"consent.asked", {"challenge", "manifest_title", "scope_title", "side_effects", "signature"}},
      {"consent.granted", {"challenge", "grant", "lifetime"}},
      {"consent.denied", {"challenge"}},
      {"consent.barred", {"challenge"}},
      {"consent.lifted", {"challenge"}},
      {"grant.used", {"grant", "calls", "bytes"}},
      {"grant.spent", {"grant"}},
      {"grant.revoked", {"grants"}},
      {"call.started", {"call", "tool"}},
      {"call.finished", {"call", "tool", "outcome"}},
      {"provider.refused", {"call", "tool", "provider", "reason", "planned", "wanted"}}};
  Names seen;
  for (const auto& event : examples_of("events.md")) {
    CHECK(names_of(event) == Names{"session", "seq", "time", "type", "actor", "turn", "payload"});
    const auto& type = *event.find_string("type");
    REQUIRE(payloads.contains(type));
    CHECK(names_of(*event.find("payload")) == payloads.at(type));
    if (type == "consent.asked") CHECK(policy::challenge_from(*event.find("payload")->find("challenge")).ok());
    seen.insert(type);
  }
  CHECK(seen.size() == payloads.size());
}

TEST_CASE("what a provider is asked is what the page of the bus shows") {
  testing::CallRig rig;
  const auto turn = rig.turn();
  const auto& connection = turn->connections.front();
  const std::vector<seam::dialer::Answer> answers{
      {1, 207, {{"content-type", "application/xml"}}, "<multistatus/>", "192.0.2.1:443"},
      {2, 200, {}, "\xff", "192.0.2.1:443"}};
  std::size_t compared = 0;
  for (const auto& example : examples_of("bus.md")) {
    const auto* mode = example.find_string("mode");
    if (mode == nullptr) continue;
    const bool run = *mode == "run";
    const policy::Ticket ticket{testing::examples::id<base::CallId>("call1"),
                                turn->certificate.session,
                                turn->certificate.turn,
                                turn->certificate.actor,
                                *example.find_string("tool"),
                                "calendar.read",
                                connection.id,
                                run ? policy::TicketMode::run : policy::TicketMode::plan,
                                testing::examples::at(60)};
    const auto text = encode(ProviderAsk{ticket, *example.find_string("ticket"), *example.find("arguments"),
                                         connection.url_text, run ? "1" : "", std::span(answers).first(run ? 2 : 0)});
    CHECK(text == wire::canonical_json(example));
    ++compared;
  }
  CHECK(compared == 2);
}

TEST_CASE("the facts of a turn are read as the page of the bus shows them") {
  testing::CallRig rig;
  auto certificate = rig.turn()->certificate;
  const auto facts = wire::canonical_json(examples_of("bus.md").front());
  certificate.connections = crypto::sha256(facts);
  const auto answer = policy::sign(certificate, rig.key) + "\n" + facts + "\ngo";
  const auto turn = read_turn(answer, policy::KeySet::of(rig.key.public_key()), rig.clock.now());
  REQUIRE(turn.ok());
  CHECK(turn->message == "go");
  CHECK(turn->connection("caldav", "home") != nullptr);
}
