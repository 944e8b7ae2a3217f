#include "wire/secret_member.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "wire/json.hpp"

namespace x1::wire {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

// Calls `put` with every byte of the text as it stands between the quotes of a JSON string.
template <class Put>
void escape(std::string_view text, const Put& put) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      put('\\'), put(c);
    } else if (byte < 0x20) {
      for (const char prefix : std::string_view("\\u00"))
        put(prefix);
      put(digits[byte >> 4U]), put(digits[byte & 15U]);
    } else {
      put(c);
    }
  }
}

}  // namespace

base::Result<crypto::Secret> json_with_secret(const Value& object, std::string_view name, const crypto::Secret& text) {
  X1_CHECK(object.object() != nullptr && object.find(name) == nullptr);
  const auto plain = base::as_text(text.expose());
  if (!base::is_utf8(plain)) return base::Error{base::Code::invalid_request, "The secret is not UTF-8 text.", ""};

  auto head = canonical_json(object);
  head.pop_back();
  if (!object.object()->empty()) head.push_back(',');
  head.append(canonical_json(Value(name))).append(":\"");

  std::size_t size = head.size() + 2;
  escape(plain, [&size](char) { ++size; });
  X1_TRY(out, crypto::Secret::of_size(size));
  auto to = std::ranges::copy(head, out.fill().begin()).out;
  escape(plain, [&to](char c) { *to++ = static_cast<std::uint8_t>(c); });
  *to++ = '"';
  *to = '}';
  return out;
}

}  // namespace x1::wire
