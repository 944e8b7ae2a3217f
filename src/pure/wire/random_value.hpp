// Random JSON values for property tests. Included by tests only.
#pragma once

#include <rapidcheck.h>
#include <bit>
#include <cmath>
#include <string>
#include <utility>

#include "wire/value.hpp"

namespace x1::wire::testing {

inline void append_utf8(char32_t point, std::string& out) {
  const auto byte = [&](char32_t value) { out.push_back(static_cast<char>(static_cast<unsigned char>(value))); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xc0 | (point >> 6));
    byte(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    byte(0xe0 | (point >> 12));
    byte(0x80 | ((point >> 6) & 0x3f));
    byte(0x80 | (point & 0x3f));
  } else {
    byte(0xf0 | (point >> 18));
    byte(0x80 | ((point >> 12) & 0x3f));
    byte(0x80 | ((point >> 6) & 0x3f));
    byte(0x80 | (point & 0x3f));
  }
}

// Any Unicode text, control characters included; the edges where UTF-8 and UTF-16 sort differently come often.
inline rc::Gen<std::string> random_text() {
  const auto point = rc::gen::oneOf(
      rc::gen::inRange<std::uint32_t>(0, 0x80), rc::gen::inRange<std::uint32_t>(0, 0xd800),
      rc::gen::inRange<std::uint32_t>(0xe000, 0x10000), rc::gen::inRange<std::uint32_t>(0x10000, 0x110000));
  return rc::gen::map(rc::gen::container<std::vector<std::uint32_t>>(point),
                      [](const std::vector<std::uint32_t>& points) {
                        std::string text;
                        for (const auto value : points)
                          append_utf8(value, text);
                        return text;
                      });
}

// Any finite double that is no integer (JSON reads integers back as int64).
inline rc::Gen<double> random_fraction() {
  const auto any =
      rc::gen::map(rc::gen::arbitrary<std::uint64_t>(), [](std::uint64_t bits) { return std::bit_cast<double>(bits); });
  return rc::gen::suchThat(any, [](double value) { return std::isfinite(value) && value != std::trunc(value); });
}

inline rc::Gen<Value> random_value(int depth = 3) {
  const auto make = [](auto value) { return Value(std::move(value)); };
  auto leaf = rc::gen::oneOf(rc::gen::just(Value()), rc::gen::map(rc::gen::arbitrary<bool>(), make),
                             rc::gen::map(rc::gen::arbitrary<std::int64_t>(), make),
                             rc::gen::map(random_fraction(), make), rc::gen::map(random_text(), make));
  if (depth == 0) return leaf;
  return rc::gen::withSize([=](int size) {
    const auto inner = rc::gen::resize(size / 4, random_value(depth - 1));
    const auto members = rc::gen::container<Value::Object>(rc::gen::resize(size / 4, random_text()), inner);
    return rc::gen::oneOf(leaf, rc::gen::map(rc::gen::container<Value::Array>(inner), make),
                          rc::gen::map(members, make));
  });
}

}  // namespace x1::wire::testing
