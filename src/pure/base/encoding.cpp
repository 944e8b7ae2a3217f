#include "base/encoding.hpp"

#include <array>

namespace x1::base {
namespace {

constexpr std::string_view hex_alphabet = "0123456789abcdef";
constexpr std::string_view base32_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base64url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

Error malformed(std::string_view form) {
  return Error{Code::invalid_request, "The text is not valid " + std::string(form) + ".", ""};
}

// Writes the bits of `bytes` in groups of `width`, most significant first, the last group filled with zeros.
std::string encode_bits(BytesView bytes, std::string_view alphabet, unsigned width) {
  std::string text;
  text.reserve((bytes.size() * 8 + width - 1) / width);
  unsigned held = 0;
  unsigned count = 0;
  const unsigned mask = (1U << width) - 1;
  for (const auto byte : bytes) {
    held = (held << 8U) | byte;
    count += 8;
    while (count >= width) {
      count -= width;
      text.push_back(alphabet[(held >> count) & mask]);
    }
    held &= (1U << count) - 1;
  }
  if (count > 0) text.push_back(alphabet[(held << (width - count)) & mask]);
  return text;
}

// The value of every possible letter; `no_letter` for what is not in the alphabet.
constexpr std::uint8_t no_letter = 0xff;
using Values = std::array<std::uint8_t, 256>;

constexpr Values values_of(std::string_view alphabet) {
  Values values{};
  values.fill(no_letter);
  std::uint8_t value = 0;
  for (const char letter : alphabet)
    values.at(static_cast<unsigned char>(letter)) = value++;
  return values;
}

constexpr Values hex_values = values_of(hex_alphabet);
constexpr Values base32_values = values_of(base32_alphabet);
constexpr Values base64_values = values_of(base64_alphabet);
constexpr Values base64url_values = values_of(base64url_alphabet);

Result<Bytes> decode_bits(std::string_view text, const Values& values, unsigned width, std::string_view form) {
  Bytes bytes;
  bytes.reserve(text.size() * width / 8);
  unsigned held = 0;
  unsigned count = 0;
  for (const char letter : text) {
    const unsigned value = values[static_cast<unsigned char>(letter)];
    if (value == no_letter) return malformed(form);
    held = (held << width) | value;
    count += width;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<std::uint8_t>((held >> count) & 0xffU));
    }
    held &= (1U << count) - 1;
  }
  // One text for each run of bytes: no letter too many, and what fills the last group is zero.
  if (count >= width || held != 0) return malformed(form);
  return bytes;
}

}  // namespace

std::string hex_encode(BytesView bytes) { return encode_bits(bytes, hex_alphabet, 4); }
Result<Bytes> hex_decode(std::string_view text) { return decode_bits(text, hex_values, 4, "hex"); }

std::string base64url_encode(BytesView bytes) { return encode_bits(bytes, base64url_alphabet, 6); }
Result<Bytes> base64url_decode(std::string_view text) { return decode_bits(text, base64url_values, 6, "base64url"); }

std::string base64_encode(BytesView bytes) {
  auto text = encode_bits(bytes, base64_alphabet, 6);
  while (text.size() % 4 != 0)
    text.push_back('=');
  return text;
}

Result<Bytes> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return malformed("base64");
  const auto padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
  text.remove_suffix(padding);
  return decode_bits(text, base64_values, 6, "base64");
}

std::string base32_encode(BytesView bytes) { return encode_bits(bytes, base32_alphabet, 5); }
Result<Bytes> base32_decode(std::string_view text) { return decode_bits(text, base32_values, 5, "base32"); }

bool is_utf8(std::string_view text) noexcept {
  const auto bytes = as_bytes(text);
  std::size_t at = 0;
  const auto tail = [&](std::size_t index, unsigned low, unsigned high) {
    return index < bytes.size() && bytes[index] >= low && bytes[index] <= high;
  };
  while (at < bytes.size()) {
    const unsigned lead = bytes[at];
    if (lead < 0x80) {
      at += 1;
    } else if (lead >= 0xc2 && lead <= 0xdf) {
      if (!tail(at + 1, 0x80, 0xbf)) return false;
      at += 2;
    } else if (lead >= 0xe0 && lead <= 0xef) {
      const unsigned low = lead == 0xe0 ? 0xa0 : 0x80;
      const unsigned high = lead == 0xed ? 0x9f : 0xbf;
      if (!tail(at + 1, low, high) || !tail(at + 2, 0x80, 0xbf)) return false;
      at += 3;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      const unsigned low = lead == 0xf0 ? 0x90 : 0x80;
      const unsigned high = lead == 0xf4 ? 0x8f : 0xbf;
      if (!tail(at + 1, low, high) || !tail(at + 2, 0x80, 0xbf) || !tail(at + 3, 0x80, 0xbf)) return false;
      at += 4;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace x1::base
