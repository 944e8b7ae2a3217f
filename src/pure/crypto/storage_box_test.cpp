#include "crypto/storage_box.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>

namespace x1::crypto {
namespace {

Secret secret_of(std::string_view text) { return Secret::copy_of(base::as_bytes(text)).value(); }
std::string text_of(const Secret& secret) { return std::string(base::as_text(secret.expose())); }

StorageKey key_of(std::uint8_t fill) {
  return StorageKey::from_secret(Secret::copy_of(base::Bytes(StorageKey::size, fill)).value()).value();
}

}  // namespace

TEST_CASE("what was sealed opens under the same key and name, and only there") {
  SystemRandom random;
  const auto key = key_of(1);
  const auto box = key.seal(secret_of("tr0ub4dor"), "home", random);
  CHECK(box.size() == 9 + StorageKey::overhead);
  CHECK(text_of(key.open(box, "home").value()) == "tr0ub4dor");
  CHECK(key.open(box, "work").error().code == base::Code::storage_failed);
  CHECK_FALSE(key_of(2).open(box, "home").ok());
}

TEST_CASE("any flipped bit, any cut and any addition is noticed") {
  rc::check("a changed box does not open", [] {
    SystemRandom random;
    const auto key = key_of(7);
    const auto text = *rc::gen::arbitrary<std::string>();
    auto box = key.seal(secret_of(text), "home", random);
    RC_ASSERT(text_of(key.open(box, "home").value()) == text);
    const auto at = *rc::gen::inRange<std::size_t>(0, box.size());
    auto flipped = box;
    flipped[at] ^= static_cast<std::uint8_t>(1U << *rc::gen::inRange(0, 8));
    RC_ASSERT(!key.open(flipped, "home").ok());
    RC_ASSERT(!key.open(base::BytesView(box).first(at), "home").ok());
    box.push_back(0);
    RC_ASSERT(!key.open(box, "home").ok());
  });
}

TEST_CASE("the same secret sealed twice gives two boxes, and the box shows nothing of it") {
  SystemRandom random;
  const auto key = key_of(3);
  const std::string text(64, 'q');
  const auto one = key.seal(secret_of(text), "home", random);
  CHECK(one != key.seal(secret_of(text), "home", random));
  CHECK(std::ranges::search(one, base::as_bytes("qqqq")).empty());
}

TEST_CASE("a key of another size is refused") { CHECK_FALSE(StorageKey::from_secret(secret_of("short")).ok()); }

}  // namespace x1::crypto
