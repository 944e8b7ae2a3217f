#include "base/encoding.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

namespace x1::base {

TEST_CASE("text forms are those of RFC 4648") {
  const auto encoded = [](auto encode, std::string_view text) { return encode(as_bytes(text)); };
  CHECK(encoded(hex_encode, "foobar") == "666f6f626172");
  CHECK(encoded(base64_encode, "") == "");
  CHECK(encoded(base64_encode, "f") == "Zg==");
  CHECK(encoded(base64_encode, "fo") == "Zm8=");
  CHECK(encoded(base64_encode, "foobar") == "Zm9vYmFy");
  CHECK(encoded(base64url_encode, "fo") == "Zm8");
  CHECK(encoded(base64url_encode, "\xff\xfe") == "__4");
  CHECK(encoded(base64_encode, "\xff\xfe") == "//4=");
  CHECK(encoded(base32_encode, "f") == "MY");
  CHECK(encoded(base32_encode, "foob") == "MZXW6YQ");
  CHECK(encoded(base32_encode, "foobar") == "MZXW6YTBOI");
}

TEST_CASE("decoders give back what was encoded, for any bytes") {
  CHECK(rc::check("round trips", [](const Bytes& bytes) {
    RC_ASSERT(*hex_decode(hex_encode(bytes)) == bytes);
    RC_ASSERT(*base64_decode(base64_encode(bytes)) == bytes);
    RC_ASSERT(*base64url_decode(base64url_encode(bytes)) == bytes);
    RC_ASSERT(*base32_decode(base32_encode(bytes)) == bytes);
  }));
}

TEST_CASE("there is one text for each run of bytes: what decodes, encodes to itself") {
  CHECK(rc::check("canonical", [] {
    const auto text = *rc::gen::container<std::string>(rc::gen::element('A', 'B', '2', '7', '_', '/', '=', 'Q', 'a'));
    if (const auto bytes = hex_decode(text); bytes.ok()) RC_ASSERT(hex_encode(*bytes) == text);
    if (const auto bytes = base64_decode(text); bytes.ok()) RC_ASSERT(base64_encode(*bytes) == text);
    if (const auto bytes = base64url_decode(text); bytes.ok()) RC_ASSERT(base64url_encode(*bytes) == text);
    if (const auto bytes = base32_decode(text); bytes.ok()) RC_ASSERT(base32_encode(*bytes) == text);
  }));
}

TEST_CASE("anything but the one form is refused") {
  for (const auto* text : {"0", "0g", "AB", "0x", " 00", "00\n"})
    CHECK(!hex_decode(text).ok());
  for (const auto* text :
       {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "=", "====", "Zg==Zg==", "Zm8=\n", "Zm8_", "Z m8", "\xc3\xa9=="})
    CHECK(!base64_decode(text).ok());
  for (const auto* text : {"Z", "Zh", "Zg==", "Zm9", "Zm8/", "Zm8+", "Zm8 "})
    CHECK(!base64url_decode(text).ok());
  for (const auto* text : {"M", "MZ", "MY======", "my", "M1", "MZX"})
    CHECK(!base32_decode(text).ok());
}

TEST_CASE("UTF-8 is told from what only looks like it") {
  for (const auto* good :
       {"", "a", "\xc3\xa9", "\xe2\x82\xac", "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"})
    CHECK(is_utf8(good));
  for (const auto* bad :
       {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "a\xc3(", "\xc3\xa9\x80"})
    CHECK(!is_utf8(bad));
  CHECK(is_utf8(std::string_view("a\0b", 3)));
}

}  // namespace x1::base
