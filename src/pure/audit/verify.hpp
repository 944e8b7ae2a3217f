// Verifies a chain of audit rows: every change, gap, cut or swap is found and named by its row number.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/row.hpp"

namespace x1::audit {

struct Verdict {
  std::uint64_t rows = 0;
  crypto::Digest head;
  bool closed = false;                     // ends with a closing row
  std::optional<std::uint64_t> broken_at;  // 1-based line of the first row that does not hold
  std::string reason;                      // one sentence, when broken
};

// Keys that may sign rows, by key id. A "session.boot" row names the boot key that signs from there on; it is itself
// accepted when `boot_key_is_known` says so (the API's record of boots), or for every key when none is given.
struct Trust {
  std::map<std::string, crypto::PublicKey> keys;
  std::function<bool(const crypto::PublicKey&)> boot_key_is_known;
  // Ids of keys that followed each other, the oldest first; none when they did not. Each begins with a row
  // "keys.rotated", and once it has begun no earlier one may sign.
  std::vector<std::string> in_turn = {};
};

class Verifier {
 public:
  explicit Verifier(Trust trust) : trust_(std::move(trust)) {}
  // One line at a time, in order; false from the first broken one on.
  bool feed(std::string_view line);
  // `expected` is a head that was seen before (a receipt, the last look): a chain cut below it is broken.
  [[nodiscard]] Verdict finish(std::optional<std::pair<std::uint64_t, crypto::Digest>> expected = {}) const;

 private:
  [[nodiscard]] const crypto::PublicKey* key_of(const Row& row) const;
  std::optional<std::string> take_boot_key(const Row& row);
  std::optional<std::string> take_turn(const Row& row);
  bool broken(std::string reason);

  Trust trust_;
  Verdict verdict_;
  std::string chain_;
  std::optional<crypto::PublicKey> boot_key_;
  std::size_t turn_ = 0;                // of in_turn
  std::vector<crypto::Digest> hashes_;  // of every row: 32 bytes each, so that any earlier head can be compared
};

}  // namespace x1::audit
