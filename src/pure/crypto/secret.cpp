#include "crypto/secret.hpp"

#include <sodium.h>
#include <algorithm>
#include <utility>

#include "crypto/locked_blocks.hpp"

namespace x1::crypto {

base::Result<Secret> Secret::of_size(std::size_t size) {
  if (sodium_init() < 0) return base::Error{base::Code::internal, "libsodium could not be initialised.", ""};
  Secret secret;
  if (size == 0) return secret;
  secret.bytes_ = take_locked(size);
  if (secret.bytes_.empty()) {
    return base::Error{base::Code::unavailable, "No locked memory is left for a secret.", "raise `ulimit -l`"};
  }
  return secret;
}

base::Result<Secret> Secret::copy_of(base::BytesView bytes) {
  X1_TRY(secret, of_size(bytes.size()));
  std::ranges::copy(bytes, secret.fill().begin());
  return secret;
}

Secret::Secret(Secret&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

Secret::~Secret() {
  if (!bytes_.empty()) give_back_locked(bytes_);  // wipes first
}

base::BytesView Secret::expose() const noexcept { return bytes_; }
std::span<std::uint8_t> Secret::fill() noexcept { return bytes_; }

void wipe(std::span<std::uint8_t> bytes) noexcept { sodium_memzero(bytes.data(), bytes.size()); }

}  // namespace x1::crypto
