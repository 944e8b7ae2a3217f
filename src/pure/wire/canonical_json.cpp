// The writer half of json.hpp: RFC 8785, JSON Canonicalization Scheme.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "wire/json.hpp"

namespace x1::wire {
namespace {

// RFC 8785 sorts names by UTF-16 code units, a std::map by bytes of UTF-8. The two differ in one place only: UTF-16
// puts what lies above U+FFFF (lead bytes f0 to f4) before U+E000 to U+FFFF (lead bytes ee and ef).
constexpr unsigned char first_lead_that_differs = 0xee;

bool byte_order_is_utf16_order(std::string_view name) noexcept {
  return std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) < first_lead_that_differs; });
}

bool before_in_utf16(std::string_view a, std::string_view b) noexcept {
  const auto [at_a, at_b] = std::ranges::mismatch(a, b);
  if (at_a == a.end() || at_b == b.end()) return a.size() < b.size();
  const auto left = static_cast<unsigned char>(*at_a);
  const auto right = static_cast<unsigned char>(*at_b);
  const auto rank = [](unsigned char lead) { return lead == 0xee || lead == 0xef ? lead + 0x10 : +lead; };
  return rank(left) < rank(right);
}

// Digits of the shortest decimal that reads back as the number, and where its point stands: 0.DIGITS * 10^point.
struct Decimal {
  std::array<char, 24> digits{};
  int count = 0;
  int point = 0;
  [[nodiscard]] std::string_view text() const { return {digits.data(), static_cast<std::size_t>(count)}; }
};

Decimal shortest(double magnitude) {
  std::array<char, 40> buffer{};
  const auto written = std::to_chars(buffer.begin(), buffer.end(), magnitude, std::chars_format::scientific);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data()));
  const auto mark = text.find('e');
  Decimal decimal;
  for (const char c : text.substr(0, mark)) {
    if (c != '.') decimal.digits.at(static_cast<std::size_t>(decimal.count++)) = c;
  }
  auto exponent = text.substr(mark + 1);
  if (exponent.starts_with('+')) exponent.remove_prefix(1);
  int value = 0;
  std::from_chars(exponent.begin(), exponent.end(), value);
  decimal.point = value + 1;
  return decimal;
}

void append_zeros(int count, std::string& out) { out.append(static_cast<std::size_t>(count), '0'); }

// ECMA-262, Number::toString: where the point and the exponent go.
void append_number(double value, std::string& out) {
  X1_CHECK(std::isfinite(value));
  if (value == 0) return out.push_back('0');
  if (value < 0) out.push_back('-');
  const auto decimal = shortest(std::fabs(value));
  const auto digits = decimal.text();
  const int point = decimal.point;
  if (decimal.count <= point && point <= 21) {
    out.append(digits);
    append_zeros(point - decimal.count, out);
  } else if (0 < point && point <= 21) {
    const auto whole = static_cast<std::size_t>(point);
    out.append(digits.substr(0, whole)).append(".").append(digits.substr(whole));
  } else if (-6 < point && point <= 0) {
    out.append("0.");
    append_zeros(-point, out);
    out.append(digits);
  } else {
    out.append(digits.substr(0, 1));
    if (decimal.count > 1) out.append(".").append(digits.substr(1));
    out.append(point > 0 ? "e+" : "e-").append(std::to_string(std::abs(point - 1)));
  }
}

void append_integer(std::int64_t value, std::string& out) {
  std::array<char, 24> buffer{};
  const auto written = std::to_chars(buffer.begin(), buffer.end(), value);
  out.append(buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data()));
}

bool needs_escape(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

void append_escape(char c, std::string& out) {
  constexpr std::string_view hex = "0123456789abcdef";
  out.push_back('\\');
  switch (c) {
    case '"':
    case '\\': return out.push_back(c);
    case '\b': return out.push_back('b');
    case '\t': return out.push_back('t');
    case '\n': return out.push_back('n');
    case '\f': return out.push_back('f');
    case '\r': return out.push_back('r');
    default: break;
  }
  const auto code = static_cast<unsigned char>(c);
  out.append("u00");
  out.push_back(hex[code >> 4U]);
  out.push_back(hex[code & 0xfU]);
}

// Runs without anything to escape are copied whole: nearly every string is one run.
void append_string(std::string_view text, std::string& out) {
  out.push_back('"');
  while (true) {
    const auto stop = static_cast<std::size_t>(std::ranges::find_if(text, needs_escape) - text.begin());
    out.append(text.substr(0, stop));
    if (stop == text.size()) break;
    append_escape(text[stop], out);
    text.remove_prefix(stop + 1);
  }
  out.push_back('"');
}

void append_member(const std::string& name, const Value& value, bool first, std::string& out) {
  if (!first) out.push_back(',');
  append_string(name, out);
  out.push_back(':');
  append_canonical_json(value, out);
}

void append_object(const Value::Object& members, std::string& out) {
  out.push_back('{');
  bool first = true;
  if (std::ranges::all_of(members, [](const auto& member) { return byte_order_is_utf16_order(member.first); })) {
    for (const auto& [name, value] : members)
      append_member(name, value, std::exchange(first, false), out);
  } else {
    std::vector<const Value::Object::value_type*> sorted;
    sorted.reserve(members.size());
    for (const auto& member : members)
      sorted.push_back(&member);
    std::ranges::sort(sorted, before_in_utf16, [](const auto* member) { return std::string_view(member->first); });
    for (const auto* member : sorted)
      append_member(member->first, member->second, std::exchange(first, false), out);
  }
  out.push_back('}');
}

struct Append {
  std::string& out;
  void operator()(Value::Null) const { out.append("null"); }
  void operator()(bool value) const { out.append(value ? "true" : "false"); }
  void operator()(std::int64_t value) const { append_integer(value, out); }
  void operator()(double value) const { append_number(value, out); }
  void operator()(const std::string& value) const { append_string(value, out); }
  void operator()(const Value::Array& values) const {
    out.push_back('[');
    bool first = true;
    for (const auto& value : values) {
      if (!std::exchange(first, false)) out.push_back(',');
      append_canonical_json(value, out);
    }
    out.push_back(']');
  }
  void operator()(const Value::Object& members) const { append_object(members, out); }
};

}  // namespace

void append_canonical_json(const Value& value, std::string& out) { std::visit(Append{out}, value.data()); }

std::string canonical_json(const Value& value) {
  std::string out;
  append_canonical_json(value, out);
  return out;
}

std::string canonical_number(double value) {
  std::string out;
  append_number(value, out);
  return out;
}

}  // namespace x1::wire
