// Text forms of bytes: hex (lower case), base64url without padding (RFC 4648, section 5), base64 with padding
// (section 4) and base32 without padding (section 6). Decoders take exactly what the encoders make, nothing else.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace x1::base {

[[nodiscard]] std::string hex_encode(BytesView bytes);
[[nodiscard]] Result<Bytes> hex_decode(std::string_view text);

[[nodiscard]] std::string base64url_encode(BytesView bytes);
[[nodiscard]] Result<Bytes> base64url_decode(std::string_view text);

[[nodiscard]] std::string base64_encode(BytesView bytes);
[[nodiscard]] Result<Bytes> base64_decode(std::string_view text);

[[nodiscard]] std::string base32_encode(BytesView bytes);
[[nodiscard]] Result<Bytes> base32_decode(std::string_view text);

// Whether the text is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace x1::base
