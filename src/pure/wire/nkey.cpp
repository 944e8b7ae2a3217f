#include "wire/nkey.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "base/encoding.hpp"

namespace x1::wire::nkey {
namespace {

using base::Code;
using base::Error;

// The first five bits of the text are its first letter: O, A, U, and S for seeds.
constexpr unsigned seed_prefix = 18U << 3U;

unsigned prefix(Role role) noexcept {
  switch (role) {
    case Role::operator_: return 14U << 3U;
    case Role::account: return 0;
    case Role::user: return 20U << 3U;
  }
  return 0;
}

// CRC-16/XMODEM.
std::uint16_t checksum(base::BytesView bytes) noexcept {
  unsigned crc = 0;
  for (const auto byte : bytes) {
    crc ^= static_cast<unsigned>(byte) << 8U;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 0x8000U) != 0 ? ((crc << 1U) ^ 0x1021U) & 0xffffU : (crc << 1U) & 0xffffU;
    }
  }
  return static_cast<std::uint16_t>(crc);
}

// Writes the checksum of all but the last two bytes into these, low byte first.
void finish(std::span<std::uint8_t> bytes) noexcept {
  const auto crc = checksum(bytes.first(bytes.size() - 2));
  bytes[bytes.size() - 2] = static_cast<std::uint8_t>(crc & 0xffU);
  bytes[bytes.size() - 1] = static_cast<std::uint8_t>(crc >> 8U);
}

constexpr std::size_t seed_size = 2 + 32 + 2;

void wipe_text(std::string& text) noexcept {
  crypto::wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
}

Error not_a_seed() { return {Code::invalid_token, "The text is not an nkey seed.", ""}; }

bool is_seed(base::BytesView bytes) noexcept {
  if (bytes.size() != seed_size || (bytes[0] & 0xf8U) != seed_prefix) return false;
  const auto role = ((bytes[0] & 7U) << 5U) | ((bytes[1] & 0xf8U) >> 3U);
  constexpr std::array roles{Role::operator_, Role::account, Role::user};
  const bool known = (bytes[1] & 7U) == 0 && std::ranges::find(roles, role, prefix) != roles.end();
  std::array<std::uint8_t, seed_size> expected{};
  std::ranges::copy(bytes, expected.begin());
  finish(expected);
  const bool whole = std::ranges::equal(bytes.last(2), std::span(expected).last(2));
  crypto::wipe(expected);
  return known && whole;
}

}  // namespace

std::string public_text(Role role, const crypto::PublicKey& key) {
  std::array<std::uint8_t, 1 + 32 + 2> bytes{};
  bytes[0] = static_cast<std::uint8_t>(prefix(role));
  std::ranges::copy(key.bytes, std::span(bytes).subspan(1).begin());
  finish(bytes);
  return base::base32_encode(bytes);
}

// Reading is making it again and comparing.
base::Result<crypto::PublicKey> public_from_text(Role role, std::string_view text) {
  X1_TRY(bytes, base::base32_decode(text));
  crypto::PublicKey key;
  if (bytes.size() != 1 + key.bytes.size() + 2) return Error{Code::invalid_token, "The text is not an nkey.", ""};
  std::copy_n(bytes.begin() + 1, key.bytes.size(), key.bytes.begin());
  if (public_text(role, key) != text) return Error{Code::invalid_token, "The text is not an nkey of its role.", ""};
  return key;
}

base::Result<crypto::Secret> seed_text(Role role, const crypto::SigningKey& key) {
  X1_TRY(seed, key.seed());
  X1_TRY(bytes, crypto::Secret::of_size(seed_size));
  auto raw = bytes.fill();
  raw[0] = static_cast<std::uint8_t>(seed_prefix | (prefix(role) >> 5U));
  raw[1] = static_cast<std::uint8_t>((prefix(role) & 31U) << 3U);
  std::ranges::copy(seed.expose(), raw.subspan(2).begin());
  finish(raw);
  auto text = base::base32_encode(bytes.expose());
  auto secret = crypto::Secret::copy_of(base::as_bytes(text));
  wipe_text(text);
  return secret;
}

base::Result<crypto::SigningKey> key_from_seed_text(const crypto::Secret& text) {
  auto bytes = base::base32_decode(base::as_text(text.expose()));
  if (!bytes.ok()) return not_a_seed();
  const bool good = is_seed(*bytes);
  auto seed =
      good ? crypto::Secret::copy_of(std::span(*bytes).subspan(2, 32)) : base::Result<crypto::Secret>(not_a_seed());
  crypto::wipe(*bytes);
  if (!seed.ok()) return std::move(seed).error();
  return crypto::SigningKey::from_seed(*seed);
}

}  // namespace x1::wire::nkey
