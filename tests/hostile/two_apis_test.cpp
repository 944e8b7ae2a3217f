// D3 over two real x1-api on one state and one bus: many yeses to one question at once, at both; and one of them is
// killed among these. One token is minted and comes to the broker, again and again the same.
#include <doctest/doctest.h>
#include <algorithm>
#include <optional>

#include "base/encoding.hpp"
#include "contract/openapi/broker_end.hpp"
#include "hostile/api_platform.hpp"

using namespace x1;
using contract::BrokerEnd;
using hostile::Platform;
using wire::Value;

namespace {

constexpr std::size_t many = 16;

bool is_consent(std::string_view token) {
  const auto header = base::base64url_decode(token.substr(0, token.find('.')));
  return header.ok() && base::as_text(*header).find("x1-consent") != std::string_view::npos;
}

// A question waits in a running session, and both know of it.
struct Two : Platform {
  crypto::SigningKey boot = crypto::SigningKey::generate().value();
  std::string account = connection();
  std::string room = session(boot);
  BrokerEnd broker{world, room, boot};
  policy::Challenge question = contract::challenge("c1", room, "owner", 1, account);
  std::optional<contract::World> second;

  Two() {
    broker.ask_later("turn", crypto::to_text(boot.public_key()) + " 0");
    call({"send_message", {room}, Value::Object{{"text", "go on"}}}, 202);
    REQUIRE(broker.next_answer().find('\n') != std::string::npos);
    REQUIRE_FALSE(broker.report("consent.asked", "owner", 1, contract::asked(question)).starts_with("error"));
    second.emplace(world, seam::launch::Running{{{room, crypto::to_text(boot.public_key())}}});
  }

  [[nodiscard]] contract::HttpClient yes(const contract::World& at) const {
    auto client = at.over_tcp();
    const Value body = Value::Object{{"digest", crypto::to_hex(question.digest)}, {"lifetime", "once"}};
    client.send(contract::request_text({"POST", "/api/v1/challenges/c1/approve", body, at.owner_token()}, at.host()));
    return client;
  }
  // How many of them were taken; the others were told that the question is answered.
  static std::size_t taken(std::vector<contract::HttpClient>& clients) {
    std::size_t count = 0;
    for (auto& client : clients) {
      const auto status = client.answer(wire::Method::post).status;
      CHECK((status == 200 || status == 409));
      if (status == 200) ++count;
    }
    return count;
  }
  // How many tokens the platform's record says were minted.
  std::size_t minted() {
    const auto lines = *call({"platform_audit"}, 200).body.find("lines");
    return static_cast<std::size_t>(std::ranges::count_if(*lines.array(), [](const Value& line) {
      return line.string()->find("\"consent.minted\"") != std::string::npos;
    }));
  }
};

}  // namespace

TEST_CASE("D3: of many yeses over two API processes one mints a token, also when one of them is killed meanwhile") {
  for (const bool dies : {false, true}) {
    CAPTURE(dies);
    Two platform;
    std::vector<contract::HttpClient> first;
    std::vector<contract::HttpClient> other;
    for (std::size_t i = 0; i < many; ++i) {
      first.push_back(platform.yes(platform.world));
      other.push_back(platform.yes(*platform.second));
    }
    if (dies) platform.second->kill();
    auto taken = Two::taken(first);
    if (!dies) taken += Two::taken(other);
    CHECK((dies ? taken <= 1 : taken == 1));
    CHECK(platform.minted() == 1);
    // Whoever minted it, the one that lives sends it, until the broker has taken it; and nothing else for that
    // question.
    const auto token = platform.broker.next_control();
    CHECK(is_consent(token.payload));
    platform.broker.acknowledge(token);
    CHECK_FALSE(platform.broker
                    .report("consent.granted", "owner", 1, {{"challenge", "c1"}, {"grant", "g1"}, {"lifetime", "once"}})
                    .starts_with("error"));
    platform.call({"revoke_grant", {platform.room, "g1"}}, 202);
    auto last = platform.broker.next_control();
    for (; is_consent(last.payload); last = platform.broker.next_control()) {
      CHECK(last.payload == token.payload);
      platform.broker.acknowledge(last);
    }
    platform.broker.acknowledge(last);
    CHECK(platform.count("list_grants", platform.room) == 1);
  }
}
