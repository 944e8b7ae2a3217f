#include "seam/codec.hpp"

#include <bit>

namespace x1::seam {
namespace {

enum class Kind : std::uint8_t { null, no, yes, integer, real, string, array, object };
constexpr unsigned max_depth = 64;

}  // namespace

void Writer::operator()(bool value) { (*this)(static_cast<std::uint8_t>(value ? 1 : 0)); }
void Writer::operator()(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }

void Writer::operator()(std::uint16_t value) {
  (*this)(static_cast<std::uint8_t>(value & 0xffU));
  (*this)(static_cast<std::uint8_t>(value >> 8U));
}

void Writer::operator()(std::uint32_t value) {
  (*this)(static_cast<std::uint16_t>(value & 0xffffU));
  (*this)(static_cast<std::uint16_t>(value >> 16U));
}

void Writer::operator()(std::uint64_t value) {
  (*this)(static_cast<std::uint32_t>(value & 0xffffffffU));
  (*this)(static_cast<std::uint32_t>(value >> 32U));
}

void Writer::operator()(const std::string& value) {
  (*this)(static_cast<std::uint32_t>(value.size()));
  out_.append(value);
}

void Writer::operator()(const base::Bytes& value) {
  (*this)(static_cast<std::uint32_t>(value.size()));
  out_.append(base::as_text(value));
}

void Writer::operator()(const wire::Value& value) {
  struct Put {
    Writer& out;
    void kind(Kind which) const { out(static_cast<std::uint8_t>(which)); }
    void operator()(const wire::Value::Null&) const { kind(Kind::null); }
    void operator()(bool flag) const { kind(flag ? Kind::yes : Kind::no); }
    void operator()(std::int64_t number) const {
      kind(Kind::integer);
      out(static_cast<std::uint64_t>(number));
    }
    void operator()(double number) const {
      kind(Kind::real);
      out(std::bit_cast<std::uint64_t>(number));
    }
    void operator()(const std::string& text) const {
      kind(Kind::string);
      out(text);
    }
    void operator()(const wire::Value::Array& array) const {
      kind(Kind::array);
      out(array);
    }
    void operator()(const wire::Value::Object& object) const {
      kind(Kind::object);
      out(static_cast<std::uint32_t>(object.size()));
      for (const auto& [name, member] : object) {
        out(name);
        out(member);
      }
    }
  };
  std::visit(Put{*this}, value.data());
}

void Writer::operator()(const wire::Header& value) {
  (*this)(value.name);
  (*this)(value.value);
}

void Writer::operator()(const wire::PlannedRequest& value) {
  (*this)(static_cast<std::uint8_t>(value.method));
  (*this)(static_cast<std::uint8_t>(value.origin.scheme));
  (*this)(value.origin.host);
  (*this)(value.origin.port);
  (*this)(value.target);
  (*this)(value.headers);
  (*this)(value.body);
}

void Writer::operator()(base::Code value) { (*this)(static_cast<std::uint8_t>(value)); }

void Reader::fail() noexcept {
  failed_ = true;
  left_ = {};
}

std::string_view Reader::take(std::size_t size) noexcept {
  if (size > left_.size()) {
    fail();
    return {};
  }
  const auto taken = left_.substr(0, size);
  left_.remove_prefix(size);
  return taken;
}

std::uint64_t Reader::number(std::size_t size) noexcept {
  std::uint64_t value = 0;
  unsigned shift = 0;
  for (const auto byte : base::as_bytes(take(size))) {
    value |= static_cast<std::uint64_t>(byte) << shift;
    shift += 8;
  }
  return value;
}

void Reader::operator()(bool& value) {
  const auto byte = number(1);
  if (byte > 1) fail();
  value = byte == 1;
}

void Reader::operator()(std::uint8_t& value) { value = static_cast<std::uint8_t>(number(1)); }
void Reader::operator()(std::uint16_t& value) { value = static_cast<std::uint16_t>(number(2)); }
void Reader::operator()(std::uint32_t& value) { value = static_cast<std::uint32_t>(number(4)); }
void Reader::operator()(std::uint64_t& value) { value = number(8); }
void Reader::operator()(std::string& value) { value = std::string(take(number(4))); }

void Reader::operator()(base::Bytes& value) { value = base::to_bytes(take(number(4))); }

void Reader::operator()(wire::Value& value) { read_value(value, 0); }

void Reader::read_value(wire::Value& value, unsigned depth) {
  const auto kind = number(1);
  if (depth > max_depth || kind > static_cast<std::uint64_t>(Kind::object)) return fail();
  switch (static_cast<Kind>(kind)) {
    case Kind::null: value = wire::Value(); return;
    case Kind::no: value = wire::Value(false); return;
    case Kind::yes: value = wire::Value(true); return;
    case Kind::integer: value = wire::Value(static_cast<std::int64_t>(number(8))); return;
    case Kind::real: value = wire::Value(std::bit_cast<double>(number(8))); return;
    case Kind::string: value = wire::Value(std::string(take(number(4)))); return;
    case Kind::array: {
      wire::Value::Array array;
      for (auto count = number(4); count > 0 && !failed_; --count)
        read_value(array.emplace_back(), depth + 1);
      value = wire::Value(std::move(array));
      return;
    }
    case Kind::object: {
      wire::Value::Object object;
      for (auto count = number(4); count > 0 && !failed_; --count) {
        std::string name(take(number(4)));
        wire::Value member;
        read_value(member, depth + 1);
        if (!object.emplace(std::move(name), std::move(member)).second) return fail();
      }
      value = wire::Value(std::move(object));
      return;
    }
  }
}

void Reader::operator()(wire::Header& value) {
  (*this)(value.name);
  (*this)(value.value);
}

void Reader::operator()(wire::PlannedRequest& value) {
  const auto method = number(1);
  const auto scheme = number(1);
  if (method > static_cast<std::uint64_t>(wire::Method::connect) ||
      scheme > static_cast<std::uint64_t>(wire::Scheme::https)) {
    return fail();
  }
  value.method = static_cast<wire::Method>(method);
  value.origin.scheme = static_cast<wire::Scheme>(scheme);
  (*this)(value.origin.host);
  (*this)(value.origin.port);
  (*this)(value.target);
  (*this)(value.headers);
  (*this)(value.body);
}

void Reader::operator()(base::Code& value) {
  const auto code = number(1);
  if (code >= base::all_codes().size()) return fail();
  value = base::all_codes()[code];
}

base::Status Reader::finish() const {
  if (failed_) return base::Error{base::Code::invalid_request, "The seam carried a malformed message.", ""};
  if (!left_.empty()) return base::Error{base::Code::invalid_request, "The seam carried bytes after a message.", ""};
  return base::Done{};
}

base::Result<std::vector<std::string>> Framer::feed(std::string_view bytes) {
  held_.append(bytes);
  std::vector<std::string> frames;
  std::string_view left = held_;
  while (left.size() >= 4) {
    Reader head(left.substr(0, 4));
    std::uint32_t size = 0;
    head(size);
    if (size == 0 || size > max_frame_bytes) {
      return base::Error{base::Code::too_large, "A seam frame is empty or larger than the seam allows.", ""};
    }
    if (left.size() - 4 < size) break;
    frames.emplace_back(left.substr(4, size));
    left.remove_prefix(4 + std::size_t{size});
  }
  held_.erase(0, held_.size() - left.size());
  return frames;
}

}  // namespace x1::seam
