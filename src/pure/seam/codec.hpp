// The seam's codec: how typed messages cross from one of our processes to another. Fixed layout, little endian, no
// JSON: a frame is u32 length (of what follows), u8 type, then the members in their order. Every value that a reader
// yields is valid; anything else is invalid_request and ends the seam.
//
// A message lists its members once, in a static `members(io, message)`; Writer and Reader both walk that list.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "wire/canonical_request.hpp"
#include "wire/value.hpp"

namespace x1::seam {

// The largest frame. A body that is larger is refused before it comes here.
inline constexpr std::size_t max_frame_bytes = 6 << 20;

class Writer {
 public:
  void operator()(bool value);
  void operator()(std::uint8_t value);
  void operator()(std::uint16_t value);
  void operator()(std::uint32_t value);
  void operator()(std::uint64_t value);
  void operator()(const std::string& value);
  void operator()(const base::Bytes& value);
  void operator()(const wire::Value& value);
  void operator()(const wire::Header& value);
  void operator()(const wire::PlannedRequest& value);
  void operator()(base::Code value);
  template <class T>
  void operator()(const std::optional<T>& value) {
    (*this)(value.has_value());
    if (value) (*this)(*value);
  }
  template <class T>
  void operator()(const std::vector<T>& values) {
    (*this)(static_cast<std::uint32_t>(values.size()));
    for (const auto& value : values)
      (*this)(value);
  }
  template <class T>
    requires requires(Writer& io, T& message) { T::members(io, message); }
  void operator()(const T& message) {
    T::members(*this, message);
  }

  [[nodiscard]] std::string take() && { return std::move(out_); }

 private:
  std::string out_;
};

// Reads what Writer wrote. The first failure sticks: afterwards everything reads as empty, and `finish` tells.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}

  void operator()(bool& value);
  void operator()(std::uint8_t& value);
  void operator()(std::uint16_t& value);
  void operator()(std::uint32_t& value);
  void operator()(std::uint64_t& value);
  void operator()(std::string& value);
  void operator()(base::Bytes& value);
  void operator()(wire::Value& value);
  void operator()(wire::Header& value);
  void operator()(wire::PlannedRequest& value);
  void operator()(base::Code& value);
  template <class T>
  void operator()(std::optional<T>& value) {
    bool present = false;
    (*this)(present);
    if (present) (*this)(value.emplace());
  }
  template <class T>
  void operator()(std::vector<T>& values) {
    std::uint32_t count = 0;
    (*this)(count);
    // Each member takes at least one byte: a count that promises more than is left is a lie.
    if (count > left_.size()) fail();
    for (std::uint32_t i = 0; i < count && !failed_; ++i)
      (*this)(values.emplace_back());
  }
  template <class T>
    requires requires(Reader& io, T& message) { T::members(io, message); }
  void operator()(T& message) {
    T::members(*this, message);
  }

  // Done when everything was read, nothing is left over and nothing failed.
  [[nodiscard]] base::Status finish() const;

 private:
  void fail() noexcept;
  [[nodiscard]] std::string_view take(std::size_t size) noexcept;
  [[nodiscard]] std::uint64_t number(std::size_t size) noexcept;
  void read_value(wire::Value& value, unsigned depth);
  std::string_view left_;
  bool failed_ = false;
};

// One frame for a message that is a variant of structs: its index is the type.
template <class... Kinds>
[[nodiscard]] std::string encode_frame(const std::variant<Kinds...>& message) {
  Writer body;
  std::visit([&](const auto& kind) { body(kind); }, message);
  auto bytes = std::move(body).take();
  X1_CHECK(bytes.size() < max_frame_bytes);
  Writer head;
  head(static_cast<std::uint32_t>(bytes.size() + 1));
  head(static_cast<std::uint8_t>(message.index()));
  return std::move(head).take().append(bytes);
}

namespace detail {
template <class Variant, std::size_t Index>
void read_alternative(std::size_t type, Reader& reader, Variant& message) {
  if constexpr (Index < std::variant_size_v<Variant>) {
    if (type == Index) {
      reader(message.template emplace<Index>());
    } else {
      read_alternative<Variant, Index + 1>(type, reader, message);
    }
  }
}
}  // namespace detail

// The message in one frame without its length prefix (type and members).
template <class Variant>
[[nodiscard]] base::Result<Variant> decode_frame(std::string_view frame) {
  Reader reader(frame);
  std::uint8_t type = 255;
  reader(type);
  if (type >= std::variant_size_v<Variant>) {
    return base::Error{base::Code::invalid_request, "The seam carried a message of an unknown type.", ""};
  }
  Variant message;
  detail::read_alternative<Variant, 0>(type, reader, message);
  if (auto finished = reader.finish(); !finished.ok()) return std::move(finished).error();
  return message;
}

// Cuts a byte stream into frames (without their length prefix).
class Framer {
 public:
  // The frames that these bytes complete. Fails with too_large.
  [[nodiscard]] base::Result<std::vector<std::string>> feed(std::string_view bytes);

 private:
  std::string held_;
};

}  // namespace x1::seam
