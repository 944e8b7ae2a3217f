// The bus credentials that we mint, at the real nats-server that verifies them, against every attack of
// wire/attacks.hpp. What one that is let in may say and hear: bus_identity_test.cpp.
#include <doctest/doctest.h>

#include <chrono>
#include <memory>

#include "contract/bus_server.hpp"
#include "launch/bus_keys.hpp"
#include "os/system_clock.hpp"
#include "policy/token_examples.hpp"
#include "wire/jws_forgeries.hpp"

namespace x1::contract {
namespace {

using wire::Value;
using wire::testing::encode_part;
using wire::testing::Kind;
using wire::testing::Parts;
using wire::testing::Place;
using wire::testing::Said;
using wire::testing::Signed;
using wire::testing::Tries;
using wire::testing::Try;
using namespace std::chrono_literals;
namespace keys = wire::nkey;

crypto::SigningKey made_key() { return crypto::SigningKey::generate().value(); }

struct CredentialBus {
  crypto::SigningKey root = made_key();
  crypto::SigningKey account = made_key();
  crypto::SigningKey sidecar = made_key();
  crypto::SigningKey user = made_key();
  base::TimePoint began = os::SystemClock().now();
  BusServer server{keys::operator_jwt(root, "x1", began), keys::public_text(keys::Role::account, account.public_key()),
                   keys::account_jwt(root, account.public_key(), "x1",
                                     {{sidecar.public_key(), "sidecar", launch::sidecar_permissions()}}, began)};

  [[nodiscard]] std::string jwt(const crypto::SigningKey& by, std::string_view name = "s1",
                                base::Duration life = 10min) const {
    return keys::user_jwt(by, account.public_key(), user.public_key(), name, began, os::SystemClock().now() + life);
  }
};
const CredentialBus& credential_bus() {
  static const CredentialBus started;
  return started;
}

// A JWT, with the user's signature over what the server asks; or with one that follows after a blank.
Place to_server() {
  return {[](const std::string& token, base::Duration) -> Said {
    const auto& bus = credential_bus();
    const auto blank = token.find(' ');
    BusUser user{"s1", token.substr(0, blank), crypto::SigningKey::from_seed(bus.user.seed().value()).value()};
    if (blank != std::string::npos) user.signature = token.substr(blank + 1);
    return BusClient(bus.server, user).refusal().empty() ? Said() : Said(base::Code::invalid_token);
  }};
}

std::string re_signed(std::string_view header, const Value& payload) {
  const auto text = encode_part(header) + "." + encode_part(wire::canonical_json(payload));
  return text + "." + base::base64url_encode(credential_bus().sidecar.sign(base::as_bytes(text)));
}

std::vector<Try> characters_of(const std::string& jwt) {
  std::vector<Try> tries;
  for (std::size_t i = 0; i < jwt.size(); i += 5) {
    auto changed = jwt;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    if (changed != jwt) tries.push_back({"character " + std::to_string(i), changed});
  }
  tries.push_back({"nothing", ""});
  return tries;
}

Kind bus_user_at_server() {
  const auto& bus = credential_bus();
  const auto good = bus.jwt(bus.sidecar);
  const auto parts = Parts::of(good);
  const auto payload = wire::parse_json(wire::testing::decode_part(parts.payload)).value();
  const std::string header = R"({"typ":"JWT","alg":"ed25519-nkey"})";
  auto renamed = payload;
  renamed.object()->insert_or_assign("name", "s2");
  auto wider = payload;
  wider.object()->at("nats").object()->emplace("pub", Value::Object{{"allow", Value::Array{">"}}});
  const auto stranger = made_key();
  const auto for_another =
      keys::user_jwt(bus.sidecar, bus.account.public_key(), stranger.public_key(), "s1", bus.began, bus.began + 10min);
  const auto by_user = base::base64url_encode(bus.user.sign(base::as_bytes(std::string_view("a nonce of before"))));
  return {.which = Signed::bus_user,
          .name = "a user at the bus",
          .good = good,
          .place = &to_server,
          .attacks = {.another_key = {{"a key that is no role's", bus.jwt(stranger)},
                                      {"the user's own", bus.jwt(bus.user)},
                                      {"no signature over the nonce", good + " "},
                                      {"a stranger's signature over the nonce",
                                       good + " " + base::base64url_encode(stranger.sign(base::as_bytes(by_user)))}},
                      .changed_bytes = characters_of(good),
                      .another_algorithm = {{"none", re_signed(R"({"typ":"JWT","alg":"none"})", payload)},
                                            {"EdDSA", re_signed(R"({"typ":"JWT","alg":"EdDSA"})", payload)},
                                            {"HS256", re_signed(R"({"typ":"JWT","alg":"HS256"})", payload)},
                                            {"no signature", parts.header + "." + parts.payload + "."}},
                      .unknown_kid = Tries::never("a user names no key by a kid: the account lists one for each role"),
                      .another_kind = policy::testing::other_kinds(Signed::bus_user, bus.sidecar, bus.began),
                      .too_early = Tries::never("it says when it ends, and is good from the moment it was made"),
                      .too_late = {{"a little before its end", bus.jwt(bus.sidecar, "s1", 2s), Said()},
                                   {"after its end", bus.jwt(bus.sidecar, "s1", -1s)}},
                      .again = {{"with a signature over an earlier nonce", good + " " + by_user}},
                      .another_session = {{"renamed, under the signature of before",
                                           parts.header + "." + encode_part(wire::canonical_json(renamed)) + "." +
                                               parts.signature}},
                      .another_boot = {{"of another boot, without its key", for_another}},
                      .another_actor = Tries::never("no person is in it"),
                      .another_turn = Tries::never("no turn is in it"),
                      .another_matter = {{"with permissions of its own", re_signed(header, wider)}}}};
}

}  // namespace

TEST_CASE("B1 F1: the bus lets in nobody but who has the key of a user that the API signed, before its end") {
  withstands(bus_user_at_server());
}

}  // namespace x1::contract
