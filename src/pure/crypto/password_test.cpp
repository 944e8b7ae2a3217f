#include "crypto/password.hpp"

#include <doctest/doctest.h>

using namespace x1;

TEST_CASE("a password is known again, another is not") {
  const auto hash = crypto::hash_password("correct horse");
  REQUIRE(hash.ok());
  CHECK(hash->starts_with("$argon2id$"));
  CHECK(crypto::verify_password("correct horse", *hash));
  CHECK_FALSE(crypto::verify_password("correct horsf", *hash));
  CHECK_FALSE(crypto::verify_password("", *hash));
}

TEST_CASE("the same password has another hash each time") {
  CHECK(*crypto::hash_password("x") != *crypto::hash_password("x"));
}

TEST_CASE("a malformed hash lets nobody in") {
  for (const auto* hash : {"", "x", "$argon2id$", "$argon2id$v=19$m=65536,t=2,p=1$$"}) {
    CHECK_FALSE(crypto::verify_password("", hash));
  }
  CHECK_FALSE(crypto::verify_password("x", std::string(1'000, '$')));
}

TEST_CASE("a key from a password is the same for the same password and salt alone") {
  const base::Bytes salt(crypto::password_salt_bytes, 1);
  const base::Bytes other(crypto::password_salt_bytes, 2);
  const auto key = [](std::string_view text, const base::Bytes& with) {
    const auto made = crypto::key_from_password(crypto::Secret::copy_of(base::as_bytes(text)).value(), with);
    REQUIRE(made.ok());
    return base::Bytes(made->expose().begin(), made->expose().end());
  };
  CHECK(key("correct horse", salt) == key("correct horse", salt));
  CHECK(key("correct horse", salt) != key("correct hors", salt));
  CHECK(key("correct horse", salt) != key("correct horse", other));
}
