// A row of the audit, as the next of its chain, at the verifier: every attack of wire/attacks.hpp.
#include <doctest/doctest.h>

#include <memory>

#include "audit/verify.hpp"
#include "wire/attacks.hpp"
#include "wire/jws.hpp"

namespace x1::audit {
namespace {

using base::Code;
using wire::testing::Kind;
using wire::testing::Place;
using wire::testing::Said;
using wire::testing::Signed;
using wire::testing::Tries;
using wire::testing::Try;

const crypto::SigningKey& row_key() {
  static const auto key = crypto::SigningKey::generate().value();
  return key;
}
const crypto::SigningKey& boot_before() {
  static const auto key = crypto::SigningKey::generate().value();
  return key;
}

Entry entry_of(std::string kind, std::string actor = "ada", std::uint64_t turn = 3) {
  Entry entry;
  entry.time = base::from_unix_seconds(1'795'550'000);
  entry.kind = std::move(kind);
  entry.actor = std::move(actor);
  entry.turn = turn;
  return entry;
}
Entry boot_of(const crypto::SigningKey& key) {
  auto entry = entry_of("session.boot");
  entry.detail = wire::Value::Object{{"boot_key", crypto::to_text(key.public_key())}};
  return entry;
}

// Two boots, and one row of the second: what comes next is attacked.
struct Written {
  Chain chain{"s1"};
  std::vector<std::string> lines;
  Written() {
    add(boot_of(boot_before()), boot_before());
    add(boot_of(row_key()), row_key());
    add(entry_of("call.allowed"), row_key());
  }
  void add(Entry entry, const crypto::SigningKey& key) {
    const auto row = chain.next(std::move(entry), key.key_id());
    lines.push_back(encode_line(row, key));
    chain.accept(row);
  }
};
const Written& written() {
  static const Written all;
  return all;
}

Row next_row() { return written().chain.next(entry_of("call.dialled"), row_key().key_id()); }
std::string next_with(auto change) {
  auto row = next_row();
  change(row);
  return encode_line(row, row_key());
}

// The verifier of its session, which knows both boots.
Place after_the_others() {
  const auto verifier =
      std::make_shared<Verifier>(Trust{{}, [](const crypto::PublicKey& key) {
                                         return key == row_key().public_key() || key == boot_before().public_key();
                                       }});
  for (const auto& line : written().lines)
    REQUIRE(verifier->feed(line));
  // One line that does not hold ends a chain, so each is fed to a verifier of its own.
  return {[verifier](const std::string& line, base::Duration) {
            auto next = *verifier;
            const bool holds = next.feed(line);
            if (holds) *verifier = next;
            return holds ? Said() : Said(Code::invalid_token);
          },
          [verifier] { return static_cast<std::size_t>(verifier->finish().rows); }};
}

std::vector<Try> changed_bytes_of(const std::string& line) {
  std::vector<Try> tries;
  for (std::size_t i = 0; i < line.size(); ++i) {
    auto changed = line;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    tries.push_back({"byte " + std::to_string(i), changed});
  }
  for (const auto* tail : {" ", "\n", "x", "{}"})
    tries.push_back({"followed by something", line + tail});
  tries.push_back({"nothing", ""});
  return tries;
}

std::vector<Try> tokens_by_the_same_key(const std::string& line) {
  std::vector<Try> tries;
  for (const auto type : wire::testing::all_of<wire::TokenType>()) {
    tries.push_back({std::string(to_string(type)), sign_jws(type, wire::Value::Object{{"session", "s1"}}, row_key())});
    // The row's own text, signed as a token is, with that signature in the row.
    const auto token = sign_jws(type, wire::Value(line), row_key());
    const auto signature = token.substr(token.rfind('.') + 1);
    auto borrowed = line;
    const auto sig = borrowed.rfind(R"("sig":")") + 7;
    borrowed.replace(sig, signature.size(), signature);
    tries.push_back({"with a token's signature", borrowed});
  }
  return tries;
}

Kind row_kind() {
  const auto good = encode_line(next_row(), row_key());
  const auto other = crypto::SigningKey::generate().value();
  return {.which = Signed::audit_row,
          .name = "a row at the verifier",
          .good = good,
          .place = &after_the_others,
          .attacks = {
              .another_key = {{"under the right kid", encode_line(next_row(), other)},
                              {"a boot that nobody knows",
                               encode_line(written().chain.next(boot_of(other), other.key_id()), other)}},
              .changed_bytes = changed_bytes_of(good),
              .another_algorithm = Tries::never("a row names no algorithm: there is one"),
              .unknown_kid = {{"no kid", next_with([](Row& row) { row.kid.clear(); })},
                              {"one that nobody has", next_with([&](Row& row) { row.kid = other.key_id(); })},
                              {"a part of it", next_with([](Row& row) { row.kid.pop_back(); })}},
              .another_kind = tokens_by_the_same_key(good),
              .too_early = Tries::never("its number orders it, and no clock"),
              .too_late = Tries::never("its number orders it, and no clock"),
              .again = {{"the same once more", good}, {"one of before", written().lines[2]}},
              .another_session = {{"s2", next_with([](Row& row) { row.chain = "s2"; })},
                                  {"the platform's", next_with([](Row& row) { row.chain = "platform"; })}},
              .another_boot = {{"by the boot before",
                                encode_line(written().chain.next(entry_of("call.dialled"), boot_before().key_id()),
                                            boot_before())}},
              .another_actor = Tries::never("a row says who acted: whoever has the key says it"),
              .another_turn = Tries::never("a row says in which turn: whoever has the key says it"),
              .another_matter = {{"a number left out", next_with([](Row& row) { ++row.seq; })},
                                 {"a number of before", next_with([](Row& row) { --row.seq; })},
                                 {"after another row", next_with([](Row& row) { row.previous = crypto::sha256("x"); })},
                                 {"as the first", next_with([](Row& row) { row.previous = {}; })}}}};
}

}  // namespace

TEST_CASE("H1: no row is taken that was not written next in its chain, with the key of its boot") {
  withstands(row_kind());
}

}  // namespace x1::audit
