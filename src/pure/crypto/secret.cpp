#include "crypto/secret.hpp"

#include <sodium.h>
#include <algorithm>
#include <utility>

namespace x1::crypto {

base::Result<Secret> Secret::of_size(std::size_t size) {
  if (sodium_init() < 0) return base::Error{base::Code::internal, "libsodium could not be initialised.", ""};
  Secret secret;
  if (size == 0) return secret;
  // sodium_malloc locks the pages, keeps them out of core dumps and puts guard pages around them.
  secret.data_ = static_cast<std::uint8_t*>(sodium_malloc(size));
  if (secret.data_ == nullptr) {
    return base::Error{base::Code::unavailable, "No locked memory is left for a secret.", "raise `ulimit -l`"};
  }
  secret.size_ = size;
  sodium_memzero(secret.data_, size);
  return secret;
}

base::Result<Secret> Secret::copy_of(base::BytesView bytes) {
  X1_TRY(secret, of_size(bytes.size()));
  std::ranges::copy(bytes, secret.fill().begin());
  return secret;
}

Secret::Secret(Secret&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Secret::~Secret() { sodium_free(data_); }  // wipes first

base::BytesView Secret::expose() const noexcept { return {data_, size_}; }
std::span<std::uint8_t> Secret::fill() noexcept { return {data_, size_}; }

void wipe(std::span<std::uint8_t> bytes) noexcept { sodium_memzero(bytes.data(), bytes.size()); }

}  // namespace x1::crypto
