// What brokers hand in, where the API takes it: events, audit rows, and the bus credentials that it renews. Every kind
// against every attack of wire/attacks.hpp.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>

#include "api/audit_intake.hpp"
#include "api/bus_identities.hpp"
#include "api/reports_fixture.hpp"
#include "audit/row.hpp"
#include "policy/token_examples.hpp"
#include "wire/jws_forgeries.hpp"

namespace x1::api {
namespace {

using base::Code;
using testing::Desk;
using testing::id;
using testing::must;
using wire::Value;
using wire::testing::Kind;
using wire::testing::Place;
using wire::testing::Said;
using wire::testing::said_of;
using wire::testing::Signed;
using wire::testing::Tries;
using wire::testing::Try;
using namespace std::chrono_literals;

// The key of the session's broker, of an earlier boot of its, and of another session's.
const crypto::SigningKey& key_of_boot(std::size_t number) {
  static const auto now = crypto::SigningKey::generate().value();
  static const auto before = crypto::SigningKey::generate().value();
  static const auto elsewhere = crypto::SigningKey::generate().value();
  return number == 0 ? now : number == 1 ? before : elsewhere;
}
const crypto::SigningKey& boot_now() { return key_of_boot(0); }

base::TimePoint desk_time() { return Desk().clock.now(); }

// A desk at which two boots of its session and one of another have been told by the supervisor.
std::shared_ptr<Desk> desk_of_table() {
  auto desk = std::make_shared<Desk>();
  const auto other = id<SessionId>("s2");
  must(desk->store->sessions().add(
      {other, desk->bob.user, SessionState::starting, {}, "", false, "", "", desk->clock.now()}));
  for (const auto& [session, number] : {std::pair{"s1", 1}, {"s1", 0}, {"s2", 2}}) {
    const auto key = crypto::to_text(key_of_boot(static_cast<std::size_t>(number)).public_key());
    must(took(desk->services, seam::launch::SessionStarted{session, key}));
  }
  return desk;
}

std::string row_line(std::uint64_t seq, const crypto::SigningKey& by, std::string_view chain = "s1",
                     crypto::Digest previous = {}, std::string kind = "call.allowed") {
  audit::Entry entry;
  entry.time = base::from_unix_seconds(1'795'550'000);
  entry.kind = std::move(kind);
  return audit::encode_line({std::string(chain), seq, previous, std::move(entry), by.key_id()}, by);
}

// Everything else that anybody signs, by the broker's own key.
std::vector<Try> in_place_of(Signed kind) {
  auto tries = policy::testing::other_kinds(kind, boot_now(), desk_time());
  if (kind != Signed::audit_row) tries.push_back({"a good audit_row", row_line(1, boot_now())});
  return tries;
}

Value event_value() { return policy::testing::event_at(desk_time()); }
std::string event_with(std::string_view member, Value value, const crypto::SigningKey& by = boot_now()) {
  auto event = event_value();
  event.object()->insert_or_assign(std::string(member), std::move(value));
  return wire::sign_jws(wire::TokenType::event, event, by);
}

// What the receipt says of the first of a batch of one.
Place to_event_intake() {
  const auto desk = desk_of_table();
  const auto number = [desk] { return must(desk->store->journal().last_broker_seq(desk->session)); };
  return {[desk, number](const std::string& token, base::Duration moved) -> Said {
            desk->clock.advance(moved);
            const auto answer = take_events(desk->services, desk->session, token);
            if (!answer.ok()) return said_of(answer);
            const std::array keys{desk->key.public_key()};
            const auto receipt = must(policy::verify_receipt(*answer, keys));
            if (receipt.seq == 0) return Code::unavailable;  // not yet
            if (receipt.refused.empty()) return Said();
            for (const auto code : base::all_codes()) {
              if (to_string(code) == receipt.refused[0].code) return code;
            }
            return Code::internal;
          },
          [desk] {
            const auto events = must(desk->store->journal().events(desk->session, 0, 100));
            return static_cast<std::size_t>(
                std::ranges::count_if(events, [](const auto& each) { return each.type != "event.refused"; }));
          }};
}

Kind event_kind() {
  const auto good = wire::sign_jws(wire::TokenType::event, event_value(), boot_now());
  const wire::testing::JwsForgeries forged(good, boot_now(), Code::invalid_request);
  return {
      .which = Signed::event,
      .name = "an event at the intake",
      .good = good,
      .place = &to_event_intake,
      .attacks = {
          .another_key = forged.another_key(),
          .changed_bytes = forged.changed_bytes(7),
          .another_algorithm = forged.another_algorithm(),
          .unknown_kid = forged.unknown_kid(),
          .another_kind = forged.another_kind().with(in_place_of(Signed::event)),
          .too_early = Tries::never("its number orders it, and no clock"),
          .too_late = {{"long after", good, Said(), 24h * 365}},  // the bus was down
          .again = {{"the same once more", good, Said()},
                    {"another under its number", event_with("payload", Value::Object{{"text", "y"}}), Code::conflict}},
          .another_session = {{"s2", event_with("session", "s2")},
                              {"s2, by its own broker", event_with("session", "s2", key_of_boot(2))}},
          .another_boot = {{"of another session", event_with("seq", 1, key_of_boot(2))},
                           {"of the boot before", event_with("seq", 1, key_of_boot(1)), Said()}},
          .another_actor = {{"bob", event_with("actor", "bob"), Code::invalid_request},
                            {"nobody", event_with("actor", ""), Code::invalid_request}},
          .another_turn = {{"one that is not open", event_with("turn", 2), Code::invalid_request},
                           {"none", event_with("turn", 0), Code::invalid_request}},
          .another_matter = {{"a number left out", event_with("seq", 2), Code::unavailable},
                             {"what only people do", event_with("type", "user.message"), Code::invalid_request}}}};
}

Place to_row_intake() {
  const auto desk = desk_of_table();
  return {[desk](const std::string& line, base::Duration) -> Said {
            const auto answer = take_audit(desk->services, desk->session, line);
            if (!answer.ok()) return said_of(answer);
            const std::array keys{desk->key.public_key()};
            return must(policy::verify_receipt(*answer, keys)).seq == 0 ? Said(Code::unavailable) : Said();
          },
          [desk] { return static_cast<std::size_t>(must(desk->store->journal().head("s1")).seq); }};
}

Tries every_byte_of(const std::string& line) {
  std::vector<Try> tries;
  for (std::size_t i = 0; i < line.size(); ++i) {
    auto changed = line;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    tries.push_back({"byte " + std::to_string(i), changed});
  }
  return tries;
}

Kind audit_row_kind() {
  const auto good = row_line(1, boot_now());
  const auto as = [](const crypto::SigningKey& named, const crypto::SigningKey& by) {
    audit::Entry entry;
    entry.time = base::from_unix_seconds(1'795'550'000);
    entry.kind = "call.allowed";
    return audit::encode_line({"s1", 1, {}, std::move(entry), named.key_id()}, by);
  };
  const auto stranger = crypto::SigningKey::generate().value();
  const auto unreadable = audit::decode_line("").error().code;
  // A byte changed in the text is another text than the hash's; one changed in the signature is for the key to find.
  auto bytes = every_byte_of(good);
  std::vector<Try> changed(bytes.list());
  for (auto& each : changed) {
    if (!audit::decode_line(each.token).ok()) each.said = unreadable;
  }
  return {
      .which = Signed::audit_row,
      .name = "a row at the intake",
      .good = good,
      .place = &to_row_intake,
      .attacks = {
          .another_key = {{"under the right kid", as(boot_now(), stranger)}, {"under its own", row_line(1, stranger)}},
          .changed_bytes = changed,
          .another_algorithm = Tries::never("a row names no algorithm: there is one"),
          .unknown_kid = {{"one that nobody has", as(stranger, boot_now())},
                          {"another boot's", as(key_of_boot(1), boot_now())}},
          .another_kind = Tries(in_place_of(Signed::audit_row)).saying(unreadable),
          .too_early = Tries::never("its number orders it, and no clock"),
          .too_late = Tries::never("its number orders it, and no clock"),
          .again = {{"the same once more", good, Said()},
                    {"another under its number", row_line(1, boot_now(), "s1", {}, "call.denied"), Code::conflict}},
          .another_session = {{"s2", row_line(1, boot_now(), "s2"), Code::invalid_request},
                              {"s2, by its own broker", row_line(1, key_of_boot(2), "s2"), Code::invalid_request},
                              {"the platform's", row_line(1, boot_now(), "platform"), Code::invalid_request}},
          .another_boot = {{"of another session", row_line(1, key_of_boot(2))},
                           {"of the boot before", row_line(1, key_of_boot(1)), Said()}},
          .another_actor = Tries::never("the API keeps rows, and believes nothing that they say"),
          .another_turn = Tries::never("the API keeps rows, and believes nothing that they say"),
          .another_matter = {
              {"a number left out", row_line(2, boot_now()), Code::unavailable},
              {"after another row", row_line(1, boot_now(), "s1", crypto::sha256("x")), Code::conflict}}}};
}

// Keys of the bus, and a broker's user of it.
struct BusKeys {
  crypto::SigningKey account = crypto::SigningKey::generate().value();
  crypto::SigningKey sidecar = crypto::SigningKey::generate().value();
  crypto::SigningKey provider = crypto::SigningKey::generate().value();
  crypto::SigningKey api = crypto::SigningKey::generate().value();
  crypto::SigningKey user = crypto::SigningKey::generate().value();
  base::TimePoint began = base::from_unix_seconds(1'795'550'000);

  [[nodiscard]] std::string jwt(const crypto::SigningKey& role, std::string_view name = "s1") const {
    return wire::nkey::user_jwt(role, account.public_key(), user.public_key(), name, began, began + 10min);
  }
};
const BusKeys& bus_keys() {
  static const BusKeys keys;
  return keys;
}
crypto::SigningKey same_key(const crypto::SigningKey& key) {
  return crypto::SigningKey::from_seed(key.seed().value()).value();
}

// What is shown is renewed; the key in it stays, and only who has that can use either.
Place to_renewal() {
  struct Renewal {
    base::FakeClock clock{bus_keys().began};
    MintedIdentities identities{{bus_keys().account.public_key(), same_key(bus_keys().sidecar),
                                 same_key(bus_keys().provider), same_key(bus_keys().api)},
                                {"calendar"},
                                clock};
  };
  const auto renewal = std::make_shared<Renewal>();
  return {[renewal](const std::string& jwt, base::Duration moved) -> Said {
    renewal->clock.advance(moved);
    const auto next = renewal->identities.renew(id<SessionId>("s1"), jwt);
    if (!next.ok()) return said_of(next);
    const auto& role = bus_keys().sidecar.public_key();
    const auto user = wire::nkey::user_from_jwt(*next, role, renewal->clock.now());
    return user.ok() && user->key == bus_keys().user.public_key() && user->name == "s1" ? Said() : Code::internal;
  }};
}

Kind bus_user_kind() {
  const auto& keys = bus_keys();
  const auto good = keys.jwt(keys.sidecar);
  const auto parts = wire::testing::Parts::of(good);
  const auto signed_as = [&](std::string_view header) {
    const auto text = wire::testing::encode_part(header) + "." + parts.payload;
    return text + "." + base::base64url_encode(keys.sidecar.sign(base::as_bytes(text)));
  };
  const auto forbidden = [](Tries tries) { return std::move(tries).saying(Code::forbidden); };
  const auto stranger = crypto::SigningKey::generate().value();
  return {
      .which = Signed::bus_user,
      .name = "a user of the bus, to be renewed",
      .good = good,
      .place = &to_renewal,
      .attacks = {
          .another_key = forbidden({{"a key that nobody has", keys.jwt(stranger)},
                                    {"the API's", keys.jwt(keys.api)},
                                    {"the account's", keys.jwt(keys.account)},
                                    {"a provider's, for a broker", keys.jwt(keys.provider)}}),
          .changed_bytes = forbidden(every_byte_of(good)),
          .another_algorithm = forbidden({{"none", signed_as(R"({"typ":"JWT","alg":"none"})")},
                                          {"EdDSA", signed_as(R"({"typ":"JWT","alg":"EdDSA"})")},
                                          {"ed25519", signed_as(R"({"typ":"JWT","alg":"ed25519"})")},
                                          {"no signature", parts.header + "." + parts.payload + "."}}),
          .unknown_kid = Tries::never("a user names no key by a kid: there is one for each role"),
          .another_kind = forbidden(policy::testing::other_kinds(Signed::bus_user, keys.sidecar, keys.began)),
          .too_early = Tries::never("it says when it ends, and is good from the moment it was made"),
          .too_late = {{"its last second", good, Said(), 10min - 1s}, {"over", good, Code::forbidden, 10min}},
          .again = {{"the same once more", good, Said()}},
          .another_session = forbidden({{"s2", keys.jwt(keys.sidecar, "s2")},
                                        {"a name that begins so", keys.jwt(keys.sidecar, "s10")},
                                        {"a provider of s2", keys.jwt(keys.provider, "s2.calendar")},
                                        {"a provider of s10", keys.jwt(keys.provider, "s10.calendar")}}),
          .another_boot = Tries::never("its key is made anew for each boot, and nobody else has it"),
          .another_actor = Tries::never("no person is in it"),
          .another_turn = Tries::never("no turn is in it"),
          .another_matter = forbidden({{"a broker's, named like a provider", keys.jwt(keys.sidecar, "s1.calendar")}})}};
}

}  // namespace

TEST_CASE("F1 E2: no event is taken but a broker's own, of its session, actor and turn, once") {
  withstands(event_kind());
}

TEST_CASE("F1 H1: no row is taken but a broker's own, next in its session's chain, once") {
  withstands(audit_row_kind());
}

TEST_CASE("F1: no user of the bus is renewed but one that the API signed, of that session, before its end") {
  withstands(bus_user_kind());
}

}  // namespace x1::api
