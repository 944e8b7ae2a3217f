// What the API sends a broker, where the broker takes it: certificates of turns, consents, controls, receipts. Every
// kind against every attack of wire/attacks.hpp.
#include <doctest/doctest.h>

#include <memory>

#include "broker/control_desk.hpp"
#include "broker/core_rig.hpp"
#include "broker/rows.hpp"
#include "broker/uplink.hpp"
#include "policy/token_examples.hpp"
#include "wire/jws_forgeries.hpp"

namespace x1::broker {
namespace {

using base::Code;
using policy::testing::at;
using policy::testing::id;
using testing::CoreRig;
using wire::testing::begins;
using wire::testing::ends;
using wire::testing::JwsForgeries;
using wire::testing::Kind;
using wire::testing::Place;
using wire::testing::Said;
using wire::testing::said_of;
using wire::testing::Signed;
using wire::testing::Tries;
using wire::testing::Try;
using namespace std::chrono_literals;

// The same in every rig of this table, so that what is made once counts in all.
const crypto::SigningKey& api_of_table() {
  static const auto key = crypto::SigningKey::generate().value();
  return key;
}
const crypto::SigningKey& boot_of_table() {
  static const auto key = crypto::SigningKey::generate().value();
  return key;
}
const auto table_now = at(100);

struct TableRig : CoreRig {
  TableRig() {
    core.api_keys = policy::KeySet::of(api_of_table().public_key());
    clock.advance(table_now - clock.now());
  }
};

// A row, whose line is no token; the rest is in policy/token_examples.hpp.
std::vector<Try> in_the_place_of(Signed kind) {
  auto tries = policy::testing::other_kinds(kind, api_of_table(), table_now);
  audit::Entry entry;
  entry.time = table_now;
  entry.kind = "call.allowed";
  tries.push_back({"a good audit_row",
                   audit::encode_line({"s1", 1, {}, std::move(entry), api_of_table().key_id()}, api_of_table())});
  return tries;
}

// The broker of session s1 that booted with this key, and has seen two turns.
Place to_turns() {
  struct Opened {
    Turns turns{id<base::SessionId>("s1"), boot_of_table().public_key(), 2};
    std::size_t opened = 0;
  };
  const auto all = std::make_shared<Opened>();
  return {[all](const std::string& certificate, base::Duration moved) -> Said {
            auto turn = read_turn(certificate + "\n" + R"({"connections":[]})" + "\ngo on",
                                  policy::KeySet::of(api_of_table().public_key()), table_now + moved);
            if (!turn.ok()) return said_of(turn);
            const auto opened = all->turns.open(std::move(turn).value());
            if (opened.ok()) ++all->opened;
            return said_of(opened);
          },
          [all] { return all->opened; }};
}

Kind opened_turn_kind() {
  auto certificate = policy::testing::turn_certificate(boot_of_table().public_key(), table_now);
  certificate.connections = crypto::sha256(R"({"connections":[]})");
  const auto good = policy::sign(certificate, api_of_table());
  const JwsForgeries forged(good, api_of_table());
  return {
      .which = Signed::turn,
      .name = "a turn's certificate at the broker",
      .good = good,
      .place = &to_turns,
      .attacks = {
          .another_key = forged.another_key().with({{"the broker's own", policy::sign(certificate, boot_of_table())}}),
          .changed_bytes = forged.changed_bytes(7),
          .another_algorithm = forged.another_algorithm(),
          .unknown_kid = forged.unknown_kid(),
          .another_kind = forged.another_kind().with(in_the_place_of(Signed::turn)),
          .too_early = begins(good, -policy::max_clock_skew),
          .too_late = ends(good, 5min + policy::max_clock_skew),
          .again = {{"the same once more", good, Code::conflict},
                    {"another for the same turn", forged.with("actor", "bob"), Code::conflict}},
          .another_session = {{"s2", forged.with("session", "s2")}},
          .another_boot = {{"another boot's",
                            forged.with("boot_key", crypto::to_text(crypto::SigningKey::generate()->public_key()))}},
          .another_actor = Tries::never("it is what says who acts"),
          .another_turn = {{"one of before", forged.with("turn", 1), Code::conflict}},
          .another_matter = {{"another message", forged.with("message", crypto::to_hex(crypto::sha256("stop")))},
                             {"other accounts", forged.with("connections", crypto::to_hex(crypto::sha256("{}")))}}}};
}

// The desk for what comes over the bus, and what it answers there.
struct AtDesk : TableRig {
  AtDesk() { apply_fact(memory, policy::Asked{policy::testing::challenge()}); }
  std::size_t answers = 0;
  ControlDesk desk{core, ControlEffects{[] {}, [](const policy::RevokeGrants&) {}, [](std::string_view) {}, [] {},
                                        [this](std::string_view question, const std::string&) {
                                          answers += question == "q1" ? 1 : 0;
                                          return question == "q1";
                                        },
                                        [](const std::string&, const auto& then) {
                                          then(base::Error{Code::passkey_required, "There is none.", ""});
                                        }}};
  Said take(const std::string& token) {
    std::optional<std::string> answer;
    desk.take(token, [&](std::string text) { answer = std::move(text); });
    until([&] { return answer.has_value(); });
    if (*answer == "ok") return {};
    for (const auto code : base::all_codes()) {
      if (answer->starts_with("error " + std::string(base::to_string(code)) + " ")) return code;
    }
    return Code::internal;
  }
};

Place to_desk(std::function<std::size_t(const AtDesk&)> effects) {
  const auto desk = std::make_shared<AtDesk>();
  return {[desk](const std::string& token, base::Duration moved) {
            desk->clock.advance(moved);
            return desk->take(token);
          },
          [desk, effects = std::move(effects)] { return effects(*desk); }};
}

// Consents and controls come the same way, and each is taken as what it says it is.
std::vector<Try> neither_consent_nor_control() {
  auto tries = in_the_place_of(Signed::consent);
  std::erase_if(tries, [](const Try& each) { return each.what == "a good control"; });
  return tries;
}

Kind redeemed_consent_kind() {
  const auto consent = policy::testing::consent_at(table_now);
  const auto good = policy::sign(consent, api_of_table());
  const JwsForgeries forged(good, api_of_table());
  return {
      .which = Signed::consent,
      .name = "a consent at the broker",
      .good = good,
      .place = [] { return to_desk([](const AtDesk& desk) { return desk.memory.ledger.grants().size(); }); },
      .attacks = {
          .another_key = forged.another_key().with({{"the broker's own", policy::sign(consent, boot_of_table())}}),
          .changed_bytes = forged.changed_bytes(7),
          .another_algorithm = forged.another_algorithm(),
          .unknown_kid = forged.unknown_kid(),
          .another_kind = forged.another_kind().with(neither_consent_nor_control()),
          .too_early = begins(good, -policy::max_clock_skew),
          .too_late = ends(good, 4min + policy::max_clock_skew),
          // The API asks until it hears an answer: the same yes is one grant.
          .again = {{"the same once more", good, Said()},
                    {"another yes to the same question", forged.with("id", "t2"), Code::conflict},
                    {"the same yes, dated anew", forged.with("issued", base::format_time(table_now + 1s)),
                     Code::conflict}},
          .another_session = {{"s2", forged.with("session", "s2")}},
          .another_boot = Tries::never("it answers a question, which is asked on after a restart"),
          .another_actor = {{"bob", forged.with("actor", "bob")}},
          .another_turn = Tries::never("it answers a question, and that was asked in one turn"),
          .another_matter = {{"a question that nobody asked", forged.with("challenge", "c2"), Code::not_found},
                             {"another scope", forged.with("scope", "calendar.read")},
                             {"another account", forged.with("connection", "work")},
                             {"another request", forged.with("digest", crypto::to_hex(crypto::sha256("another")))}}}};
}

Kind obeyed_control_kind() {
  const auto control = policy::testing::control_at(table_now, policy::AnswerQuestion{"q1", "yes"});
  const auto good = policy::sign(control, api_of_table());
  const JwsForgeries forged(good, api_of_table());
  return {.which = Signed::control,
          .name = "a control at the broker",
          .good = good,
          .place = [] { return to_desk([](const AtDesk& desk) { return desk.answers; }); },
          .attacks = {
              .another_key = forged.another_key().with({{"the broker's own", policy::sign(control, boot_of_table())}}),
              .changed_bytes = forged.changed_bytes(7),
              .another_algorithm = forged.another_algorithm(),
              .unknown_kid = forged.unknown_kid(),
              .another_kind = forged.another_kind().with(neither_consent_nor_control()),
              .too_early = begins(good, -policy::max_clock_skew),
              .too_late = {{"long after", good, Said(), 24h * 365}},  // asked for while the broker was down
              .again = {{"the same once more", good, Said()},
                        {"other words under its id", forged.with("text", "no"), Said()}},
              .another_session = {{"s2", forged.with("session", "s2")}},
              .another_boot = Tries::never("asked for before a restart, it counts after it"),
              .another_actor = Tries::never("it names who did it, and the API decides who may"),
              .another_turn = Tries::never("an answer is to a question, whichever turn asks it"),
              .another_matter = {{"a question that nobody asks", forged.with("question", "q2"), Code::not_found}}}};
}

// A broker with one row to hand in asks first what the API has, and goes on at once when it believes the answer.
Place to_uplink() {
  struct Handing : TableRig {
    Handing() {
      bool durable = false;
      core.record(rows::closed(clock.now(), "stopped"), std::nullopt, [&](const auto& row) { durable = row.ok(); });
      until([&] { return durable; });
    }
  };
  const auto rig = std::make_shared<Handing>();
  return {[rig](const std::string& receipt, base::Duration) -> Said {
    Uplink uplink(rig->core, rig->journal);
    rig->bus.asked.clear();
    uplink.start([] {});
    rig->bus.take(".audit").then(receipt);
    const auto goes_on = [](const auto& asked) { return asked.subject.ends_with(".audit") && !asked.payload.empty(); };
    return std::ranges::any_of(rig->bus.asked, goes_on) ? Said() : Said(Code::invalid_token);
  }};
}

Kind believed_receipt_kind() {
  const policy::Receipt receipt{id<base::SessionId>("s1"), "audit", 0, {}, table_now};
  const auto good = policy::sign(receipt, api_of_table());
  const JwsForgeries forged(good, api_of_table());
  return {.which = Signed::receipt,
          .name = "a receipt at the broker",
          .good = good,
          .place = &to_uplink,
          .attacks = {
              .another_key = forged.another_key().with({{"the broker's own", policy::sign(receipt, boot_of_table())}}),
              .changed_bytes = forged.changed_bytes(7),
              .another_algorithm = forged.another_algorithm(),
              .unknown_kid = forged.unknown_kid(),
              .another_kind = forged.another_kind().with(in_the_place_of(Signed::receipt)),
              .too_early = Tries::never("what was committed stays so, whatever the clocks say"),
              .too_late = Tries::never("what was committed stays so, whatever the clocks say"),
              .again = {{"an old one, of less than the API has: its rows are handed in again", good, Said()}},
              .another_session = {{"s2", forged.with("session", "s2")}},
              .another_boot = Tries::never("a session's record goes on over the boots of its broker"),
              .another_actor = Tries::never("it is about all that a broker handed in, whoever acted"),
              .another_turn = Tries::never("it is about all that a broker handed in, in whichever turn"),
              .another_matter = {{"for events", forged.with("kind", "event")},
                                 {"of a row that there is not", forged.with("seq", 2)},
                                 {"of another row of that number", forged.with("seq", 1)}}}};
}

}  // namespace

TEST_CASE("E1: a broker opens no turn but by the API's certificate for this session, boot and turn, once") {
  withstands(opened_turn_kind());
}

TEST_CASE("D3: a broker grants nothing but by the API's consent to its own question, once") {
  withstands(redeemed_consent_kind());
}

TEST_CASE("E2: a broker obeys nothing but the API's word for this session, once") { withstands(obeyed_control_kind()); }

TEST_CASE("H1: a broker takes nothing for committed but by the API's receipt for this session and record") {
  withstands(believed_receipt_kind());
}

}  // namespace x1::broker
