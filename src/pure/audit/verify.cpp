#include "audit/verify.hpp"

#include <algorithm>

namespace x1::audit {
namespace {

std::string number(std::uint64_t value) { return std::to_string(value); }

}  // namespace

const crypto::PublicKey* Verifier::key_of(const Row& row) const {
  if (boot_key_ && crypto::key_id(*boot_key_) == row.kid) return &*boot_key_;
  const auto found = trust_.keys.find(row.kid);
  return found == trust_.keys.end() ? nullptr : &found->second;
}

bool Verifier::broken(std::string reason) {
  verdict_.broken_at = verdict_.rows + 1;
  verdict_.reason = std::move(reason);
  return false;
}

// A boot row brings the key that signs it and what follows. Whoever signed before it is believed no more.
std::optional<std::string> Verifier::take_boot_key(const Row& row) {
  const auto* text = row.entry.detail.find_string("boot_key");
  auto key = crypto::public_key_from_text(text == nullptr ? std::string_view() : *text);
  if (!key.ok()) return "names no boot key.";
  if (trust_.boot_key_is_known && !trust_.boot_key_is_known(*key)) return "names a boot key that nobody knows.";
  boot_key_ = *key;
  return std::nullopt;
}

// Whoever has an old key can't add to what was written since.
std::optional<std::string> Verifier::take_turn(const Row& row) {
  const auto found = std::ranges::find(trust_.in_turn, row.kid);
  if (found == trust_.in_turn.end()) return std::nullopt;
  const auto turn = static_cast<std::size_t>(found - trust_.in_turn.begin());
  if (turn < turn_) return "is signed with a key that another has followed.";
  if (turn > turn_ && verdict_.rows > 0 && row.entry.kind != "keys.rotated") {
    return "is signed with another key, and no row says that it follows.";
  }
  turn_ = turn;
  return std::nullopt;
}

bool Verifier::feed(std::string_view line) {
  if (verdict_.broken_at) return false;
  const std::uint64_t expected = verdict_.rows + 1;
  const std::string subject = "Row " + number(expected) + " ";
  if (verdict_.closed) return broken(subject + "stands after the closing row.");

  auto decoded = decode_line(line);
  if (!decoded.ok()) return broken(subject + "was changed: " + decoded.error().message);
  const Row& row = decoded->row;
  if (chain_.empty()) chain_ = row.chain;
  if (row.chain != chain_) return broken(subject + "belongs to another chain.");
  if (row.seq > expected) {
    return broken(subject + "is missing: row " + number(row.seq) + " stands in its place.");
  }
  if (row.seq < expected) {
    return broken(subject + "is out of order: row " + number(row.seq) + " stands there again.");
  }
  if (row.previous != verdict_.head) return broken(subject + "does not follow the row before it.");
  if (row.entry.kind == "session.boot") {
    if (auto problem = take_boot_key(row)) return broken(subject + *problem);
  }
  const auto* key = key_of(row);
  if (key == nullptr) return broken(subject + "is signed with a key that is not known here.");
  if (!signature_holds(*decoded, *key)) return broken(subject + "has a signature that does not hold.");
  if (auto problem = take_turn(row)) return broken(subject + *problem);

  verdict_.rows = expected;
  verdict_.head = decoded->hash;
  verdict_.closed = row.entry.kind == "chain.closed";
  hashes_.push_back(decoded->hash);
  return true;
}

Verdict Verifier::finish(std::optional<std::pair<std::uint64_t, crypto::Digest>> expected) const {
  Verdict verdict = verdict_;
  if (verdict.broken_at || !expected || expected->first == 0) return verdict;
  if (expected->first > verdict.rows) {
    verdict.broken_at = verdict.rows + 1;
    verdict.reason = "Row " + number(verdict.rows + 1) + " is missing: row " + number(expected->first) +
                     " has been seen before, and the chain ends at row " + number(verdict.rows) + ".";
  } else if (hashes_[expected->first - 1] != expected->second) {
    verdict.broken_at = expected->first;
    verdict.reason = "Row " + number(expected->first) + " is not the row that has been seen before.";
  }
  return verdict;
}

}  // namespace x1::audit
