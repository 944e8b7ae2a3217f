#include "audit/verify.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace x1::audit {
namespace {

using Lines = std::vector<std::string>;

const crypto::SigningKey& boot_key() {
  static const auto key = crypto::SigningKey::generate().value();
  return key;
}
const crypto::SigningKey& second_key() {
  static const auto key = crypto::SigningKey::generate().value();
  return key;
}

Entry entry(std::string kind, std::string outcome = "ok") {
  Entry entry;
  entry.time = base::from_unix_seconds(1'795'550'000);
  entry.kind = std::move(kind);
  entry.outcome = std::move(outcome);
  return entry;
}

Entry boot(const crypto::SigningKey& key) {
  auto row = entry("session.boot");
  row.detail = wire::Value::Object{{"boot_key", crypto::to_text(key.public_key())}};
  return row;
}

// Writes rows as a process does: take the next place, sign, go on.
class Writer {
 public:
  explicit Writer(std::string name = "s1") : chain_(std::move(name)) {}
  void write(Entry entry, const crypto::SigningKey& key = boot_key()) {
    const auto row = chain_.next(std::move(entry), key.key_id());
    lines_.push_back(encode_line(row, key));
    chain_.accept(row);
  }
  [[nodiscard]] const Lines& lines() const { return lines_; }
  [[nodiscard]] const Chain& chain() const { return chain_; }

 private:
  Chain chain_;
  Lines lines_;
};

// Boot, five calls, closed: seven rows.
Writer whole() {
  Writer writer;
  writer.write(boot(boot_key()));
  for (int i = 0; i < 5; ++i)
    writer.write(entry("call.allowed", "outcome " + std::to_string(i)));
  writer.write(entry("chain.closed"));
  return writer;
}

Verdict verify(const Lines& lines, Trust trust = {},
               std::optional<std::pair<std::uint64_t, crypto::Digest>> expected = {}) {
  Verifier verifier(std::move(trust));
  for (const auto& line : lines) {
    if (!verifier.feed(line)) break;
  }
  return verifier.finish(expected);
}

std::optional<std::uint64_t> broken_at(const Lines& lines) { return verify(lines).broken_at; }

TEST_CASE("a chain as it was written is whole, and known to be closed") {
  const auto writer = whole();
  const auto verdict = verify(writer.lines());
  CHECK_FALSE(verdict.broken_at);
  CHECK(verdict.rows == 7);
  CHECK(verdict.head == writer.chain().head());
  CHECK(verdict.closed);
}

TEST_CASE("H1: one byte changed anywhere is found in the row where it stands") {
  const auto lines = whole().lines();
  for (std::size_t row = 0; row < lines.size(); ++row) {
    for (std::size_t i = 0; i < lines[row].size(); ++i) {
      auto changed = lines;
      changed[row][i] = static_cast<char>(changed[row][i] ^ 1);
      const auto verdict = verify(changed);
      REQUIRE(verdict.broken_at == row + 1);
      REQUIRE(verdict.reason.find("Row " + std::to_string(row + 1)) != std::string::npos);
      REQUIRE(verdict.rows == row);
    }
  }
}

TEST_CASE("H1: a row that is missing, doubled, swapped or put in is found") {
  const auto lines = whole().lines();
  auto changed = lines;
  SUBCASE("missing") { changed.erase(changed.begin() + 2); }
  SUBCASE("doubled") { changed.insert(changed.begin() + 2, changed[1]); }
  SUBCASE("swapped") { std::swap(changed[2], changed[3]); }
  SUBCASE("put in from another chain") {
    Writer other("s2");
    for (int i = 0; i < 3; ++i)
      other.write(boot(boot_key()));
    changed[2] = other.lines()[2];
  }
  SUBCASE("put in from another branch of the same chain") {
    Writer other;
    other.write(boot(boot_key()));
    for (int i = 0; i < 5; ++i)
      other.write(entry("call.allowed", "lie " + std::to_string(i)));
    changed[2] = other.lines()[2];
  }
  SUBCASE("emptied") { changed[2].clear(); }
  SUBCASE("given a space") { changed[2].insert(1, " "); }
  SUBCASE("two in one line") { changed[2] += changed[2]; }
  CHECK(broken_at(changed) == 3);
}

TEST_CASE("the first row missing is found as well") {
  auto lines = whole().lines();
  lines.erase(lines.begin());
  CHECK(broken_at(lines) == 1);
}

TEST_CASE("nothing follows a closing row") {
  auto writer = whole();
  writer.write(entry("call.allowed"));
  CHECK(broken_at(writer.lines()) == 8);
}

TEST_CASE("H1: a cut-off end is seen by the missing closing row, and by a head that was seen before") {
  const auto writer = whole();
  Lines cut(writer.lines().begin(), writer.lines().end() - 2);
  CHECK_FALSE(verify(cut).closed);
  CHECK_FALSE(verify(cut).broken_at);
  const auto seen = std::pair(writer.chain().seq(), writer.chain().head());
  const auto verdict = verify(cut, {}, seen);
  CHECK(verdict.broken_at == 6);
  CHECK(verdict.reason.find("row 7 has been seen before") != std::string::npos);
  CHECK_FALSE(verify(writer.lines(), {}, seen).broken_at);
}

TEST_CASE("a chain written anew with a good key differs from the head that was seen before") {
  const auto first = whole();
  Writer again;
  again.write(boot(boot_key()));
  for (int i = 0; i < 9; ++i)
    again.write(entry("call.allowed", "another story"));
  const auto row_three = decode_line(first.lines()[2]).value();
  const auto verdict = verify(again.lines(), {}, std::pair(std::uint64_t{3}, row_three.hash));
  CHECK(verdict.broken_at == 3);
  CHECK_FALSE(verify(first.lines(), {}, std::pair(std::uint64_t{3}, row_three.hash)).broken_at);
}

TEST_CASE("a restart goes on with a boot row and its own key; the key before it signs no more") {
  Writer writer;
  writer.write(boot(boot_key()));
  writer.write(entry("call.allowed"));
  writer.write(boot(second_key()), second_key());
  writer.write(entry("call.allowed"), second_key());
  CHECK_FALSE(broken_at(writer.lines()));
  writer.write(entry("call.allowed"), boot_key());
  CHECK(broken_at(writer.lines()) == 5);
}

TEST_CASE("a boot row must be signed with the key that it names, and name one") {
  Writer other_signer;
  other_signer.write(boot(second_key()), boot_key());
  CHECK(broken_at(other_signer.lines()) == 1);
  Writer nameless;
  nameless.write(entry("session.boot"));
  CHECK(broken_at(nameless.lines()) == 1);
}

TEST_CASE("a boot key that the API never heard of is not believed") {
  Trust trust;
  trust.boot_key_is_known = [](const crypto::PublicKey& key) { return key == boot_key().public_key(); };
  CHECK_FALSE(verify(whole().lines(), trust).broken_at);
  Writer forged;
  forged.write(boot(second_key()), second_key());
  CHECK(verify(forged.lines(), trust).broken_at == 1);
}

TEST_CASE("a chain without boots is signed with a key that is known from elsewhere") {
  Writer vault("vault");
  vault.write(entry("secret.released"));
  CHECK(broken_at(vault.lines()) == 1);
  Trust trust;
  trust.keys.emplace(boot_key().key_id(), boot_key().public_key());
  CHECK_FALSE(verify(vault.lines(), trust).broken_at);
  Trust wrong;
  wrong.keys.emplace(boot_key().key_id(), second_key().public_key());
  CHECK(verify(vault.lines(), wrong).broken_at == 1);
}

TEST_CASE("F1: one key follows another with a row that says so, and the one before signs no more") {
  Trust trust;
  for (const auto* key : {&boot_key(), &second_key()}) {
    trust.keys.emplace(key->key_id(), key->public_key());
    trust.in_turn.push_back(key->key_id());
  }
  const auto rows = [] {
    Writer writer("platform");
    writer.write(entry("session.created"));
    writer.write(entry("login.owner"));
    return writer;
  };
  auto good = rows();
  good.write(entry("keys.rotated"), second_key());
  good.write(entry("login.owner"), second_key());
  CHECK_FALSE(verify(good.lines(), trust).broken_at);
  // Whoever still has the first key adds a row, or another rotation.
  for (const auto* kind : {"login.owner", "keys.rotated"}) {
    auto old = good;
    old.write(entry(kind), boot_key());
    CHECK(verify(old.lines(), trust).broken_at == 5);
  }
  auto silent = rows();
  silent.write(entry("login.owner"), second_key());
  CHECK(verify(silent.lines(), trust).broken_at == 3);
  Writer begun("platform");
  begun.write(entry("session.created"), second_key());
  CHECK_FALSE(verify(begun.lines(), trust).broken_at);
  auto unknown = rows();
  unknown.write(entry("keys.rotated"), crypto::SigningKey::generate().value());
  CHECK(verify(unknown.lines(), trust).broken_at == 3);
}

TEST_CASE("after the first broken row nothing is believed any more") {
  auto lines = whole().lines();
  Verifier verifier({});
  CHECK(verifier.feed(lines[0]));
  CHECK_FALSE(verifier.feed("x"));
  CHECK_FALSE(verifier.feed(lines[1]));
  CHECK(verifier.finish().broken_at == 2);
  CHECK(verifier.finish().rows == 1);
}

}  // namespace
}  // namespace x1::audit
