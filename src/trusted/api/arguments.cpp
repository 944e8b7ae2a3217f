#include "api/arguments.hpp"

#include <algorithm>
#include <charconv>

#include "base/encoding.hpp"

namespace x1::api {

std::optional<std::string> Arguments::optional_text(std::string_view name) const {
  if (const auto* member = request_.body.find_string(name)) return *member;
  const auto found = std::ranges::find(request_.parameters, name, &seam::edge::Parameter::name);
  if (found != request_.parameters.end()) return found->value;
  return std::nullopt;
}

std::string Arguments::text(std::string_view name) const {
  auto found = optional_text(name);
  X1_CHECK(found.has_value());
  return std::move(*found);
}

std::optional<std::uint64_t> Arguments::optional_number(std::string_view name) const {
  if (const auto* member = request_.body.find_integer(name)) return static_cast<std::uint64_t>(*member);
  const auto found = optional_text(name);
  if (!found) return std::nullopt;
  std::uint64_t value = 0;
  const auto [stopped, error] =
      std::from_chars(std::to_address(found->cbegin()), std::to_address(found->cend()), value);
  X1_CHECK(error == std::errc());
  return value;
}

std::uint64_t Arguments::number(std::string_view name) const {
  const auto found = optional_number(name);
  X1_CHECK(found.has_value());
  return *found;
}

bool Arguments::flag(std::string_view name, bool otherwise) const {
  const auto* member = request_.body.find(name);
  return member == nullptr || member->boolean() == nullptr ? otherwise : *member->boolean();
}

std::vector<std::string> Arguments::texts(std::string_view name) const {
  const auto* member = request_.body.find(name);
  X1_CHECK(member != nullptr && member->array() != nullptr);
  std::vector<std::string> found;
  for (const auto& item : *member->array()) {
    X1_CHECK(item.string() != nullptr);
    found.push_back(*item.string());
  }
  return found;
}

crypto::Digest Arguments::digest(std::string_view name) const {
  auto parsed = crypto::digest_from_hex(text(name));
  X1_CHECK(parsed.ok());
  return *parsed;
}

std::optional<TimePoint> Arguments::optional_time(std::string_view name) const {
  const auto found = optional_text(name);
  if (!found) return std::nullopt;
  auto parsed = base::parse_time(*found);
  X1_CHECK(parsed.ok());
  return *parsed;
}

base::Bytes Arguments::base64(std::string_view name) const {
  auto decoded = base::base64_decode(text(name));
  X1_CHECK(decoded.ok());
  return std::move(decoded).value();
}

}  // namespace x1::api
