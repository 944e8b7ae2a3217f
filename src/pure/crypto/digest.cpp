#include "crypto/digest.hpp"

#include <sodium.h>
#include <algorithm>

#include "base/encoding.hpp"

namespace x1::crypto {

Digest sha256(base::BytesView bytes) {
  Digest digest;
  crypto_hash_sha256(digest.bytes.data(), bytes.data(), bytes.size());
  return digest;
}

Digest sha256(std::string_view text) { return sha256(base::as_bytes(text)); }

std::string to_hex(const Digest& digest) { return base::hex_encode(digest.bytes); }

base::Result<Digest> digest_from_hex(std::string_view text) {
  X1_TRY(bytes, base::hex_decode(text));
  Digest digest;
  if (bytes.size() != digest.bytes.size()) {
    return base::Error{base::Code::invalid_request, "A digest has 64 hex characters.", ""};
  }
  std::ranges::copy(bytes, digest.bytes.begin());
  return digest;
}

}  // namespace x1::crypto
