// A row of the audit: who did what, under which grant, to which target, with what outcome. Each row carries the hash
// of the one before it and is signed; a closing row ends a chain. Format: schema/audit.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "crypto/digest.hpp"
#include "crypto/signing.hpp"
#include "wire/value.hpp"

namespace x1::audit {

// What is known before the row gets its place in a chain. Never a secret: digests and references only.
struct Entry {
  base::TimePoint time;
  std::string kind;   // "session.boot", "turn.opened", "consent.asked", "call.allowed", "call.dialled", …
  std::string actor;  // user id, or "" where there is none (boot, refused without a turn)
  std::uint64_t turn = 0;
  std::string tool;
  std::string scope;
  std::string grant;
  std::string target;   // "REPORT https://host/path"
  std::string digest;   // hex of the request's digest
  std::string outcome;  // "ok", or an error code
  wire::Value detail;   // an object, or null
};

struct Row {
  std::string chain;        // session id, or "platform", or "vault"
  std::uint64_t seq = 0;    // from 1
  crypto::Digest previous;  // zero for the first
  Entry entry;
  std::string kid;  // of the key that signed
};

[[nodiscard]] crypto::Digest hash_of(const Row& row);  // SHA-256 of the canonical JSON of the row

// One line of text without '\n': {"hash":…,"row":{…},"sig":…} in canonical JSON.
[[nodiscard]] std::string encode_line(const Row& row, const crypto::SigningKey& key);

struct SignedRow {
  Row row;
  crypto::Digest hash;
  crypto::Signature signature;
};
// Checks the form and that `hash` is the row's own; not the signature.
[[nodiscard]] base::Result<SignedRow> decode_line(std::string_view line);

[[nodiscard]] bool signature_holds(const SignedRow& row, const crypto::PublicKey& key);

// Gives entries their place in a chain. Holds the head only.
class Chain {
 public:
  explicit Chain(std::string name) : name_(std::move(name)) {}
  // Goes on after rows that were read back.
  Chain(std::string name, std::uint64_t seq, crypto::Digest head) : name_(std::move(name)), seq_(seq), head_(head) {}
  // The next row. A text that is too long for a row, or no UTF-8, is replaced by "sha256:" and its digest's beginning.
  [[nodiscard]] Row next(Entry entry, const std::string& kid) const;
  // Goes on from a row, once it is durable. It must be what next() made.
  void accept(const Row& row);

  [[nodiscard]] std::uint64_t seq() const noexcept { return seq_; }
  [[nodiscard]] const crypto::Digest& head() const noexcept { return head_; }

 private:
  std::string name_;
  std::uint64_t seq_ = 0;
  crypto::Digest head_;
};

}  // namespace x1::audit
