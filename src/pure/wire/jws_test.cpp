#include "wire/jws.hpp"

#include <doctest/doctest.h>
#include <array>

#include "base/encoding.hpp"
#include "wire/json.hpp"

namespace x1::wire {
namespace {

crypto::SigningKey key_from(std::uint8_t first) {
  auto seed = crypto::Secret::of_size(32);
  REQUIRE(seed.ok());
  seed->fill()[0] = first;
  auto key = crypto::SigningKey::from_seed(*seed);
  REQUIRE(key.ok());
  return std::move(key).value();
}

const crypto::SigningKey& ours() {
  static const auto key = key_from(1);
  return key;
}

std::string part(std::string_view text) { return base::base64url_encode(base::as_bytes(text)); }

// A token with any header and payload, with a signature that holds over them.
std::string signed_token(std::string_view header, std::string_view payload) {
  auto token = part(header) + "." + part(payload);
  return token + "." + base::base64url_encode(ours().sign(base::as_bytes(token)));
}

std::string good_header() { return R"({"alg":"EdDSA","kid":")" + ours().key_id() + R"(","typ":"x1-turn+jws"})"; }

bool refused(const std::string& token) {
  const std::array keys{ours().public_key()};
  const auto read = verify_jws(TokenType::turn, token, keys);
  return !read.ok() && read.error().code == base::Code::invalid_token;
}

}  // namespace

TEST_CASE("a signed token verifies to its payload") {
  const Value payload(Value::Object{{"session", "s1"}, {"turn", 3}});
  const auto token = sign_jws(TokenType::turn, payload, ours());
  const std::array keys{key_from(2).public_key(), ours().public_key()};
  const auto read = verify_jws(TokenType::turn, token, keys);
  REQUIRE(read.ok());
  CHECK(*read == payload);
  CHECK(token.starts_with(part(good_header()) + "."));
}

TEST_CASE("a token of one kind is never taken for another") {
  constexpr std::array types{TokenType::turn,    TokenType::consent, TokenType::ticket, TokenType::receipt,
                             TokenType::release, TokenType::event,   TokenType::audit,  TokenType::control};
  const std::array keys{ours().public_key()};
  for (const auto made : types) {
    const auto token = sign_jws(made, Value(Value::Object{}), ours());
    for (const auto asked : types)
      CHECK(verify_jws(asked, token, keys).ok() == (made == asked));
  }
}

TEST_CASE("a token's claimed type is read without a key, and what claims none has none") {
  for (const auto type : {TokenType::turn, TokenType::consent, TokenType::audit, TokenType::control})
    CHECK(claimed_type(sign_jws(type, Value(Value::Object{}), ours())) == type);
  // A claim, and no more: it says nothing of key and signature.
  CHECK(claimed_type(part(R"({"typ":"x1-consent+jws"})") + "..") == TokenType::consent);
  for (const auto& header :
       {std::string(R"({"typ":"JWT"})"), std::string(R"({"typ":1})"), std::string("{}"), std::string("[]"),
        std::string("typ"), std::string(), R"({"typ":"x1-consent+jws","x":")" + std::string(300, 'x') + "\"}"})
    CHECK(claimed_type(part(header) + "..") == std::nullopt);
  for (const auto* text : {"", ".", "not base64!.."})
    CHECK(claimed_type(text) == std::nullopt);
}

TEST_CASE("another header is refused even under a good signature") {
  CHECK(!refused(signed_token(good_header(), "{}")));
  const auto kid = ours().key_id();
  for (const auto& header : {
           R"({"alg":"none","kid":")" + kid + R"(","typ":"x1-turn+jws"})",
           R"({"alg":"HS256","kid":")" + kid + R"(","typ":"x1-turn+jws"})",
           R"({"alg":"eddsa","kid":")" + kid + R"(","typ":"x1-turn+jws"})",
           R"({"typ":"x1-turn+jws","alg":"EdDSA","kid":")" + kid + R"("})",
           R"({"alg":"EdDSA","kid":")" + kid + R"(","typ":"x1-turn+jws","x":1})",
           R"({"alg":"EdDSA","jwk":{},"kid":")" + kid + R"(","typ":"x1-turn+jws"})",
           R"({"alg":"EdDSA", "kid":")" + kid + R"(","typ":"x1-turn+jws"})",
           std::string(R"({"alg":"EdDSA","kid":"../key","typ":"x1-turn+jws"})"),
           std::string(R"({"alg":"EdDSA","typ":"x1-turn+jws"})"),
           std::string("{}"),
           std::string(),
       }) {
    CHECK_MESSAGE(refused(signed_token(header, "{}")), header);
  }
}

TEST_CASE("a payload that is not canonical JSON is refused even under a good signature") {
  for (const auto* payload : {"", "{", "{ }", R"({"b":1,"a":2})", R"({"a":1,"a":1})", "1.0", "\"\xff\""}) {
    CHECK_MESSAGE(refused(signed_token(good_header(), payload)), payload);
  }
}

TEST_CASE("a key that is not known, or no key at all, verifies nothing") {
  const auto token = sign_jws(TokenType::turn, Value(Value::Object{}), key_from(2));
  CHECK(refused(token));
  CHECK(!verify_jws(TokenType::turn, token, {}).ok());
  // The right kid with another key's signature.
  const auto forged = part(good_header()) + "." + part("{}");
  CHECK(refused(forged + "." + base::base64url_encode(key_from(2).sign(base::as_bytes(forged)))));
}

TEST_CASE("malformed tokens are refused") {
  const auto token = sign_jws(TokenType::turn, Value(Value::Object{}), ours());
  for (const auto& bad :
       {std::string(), std::string("."), std::string(".."), std::string("..."), token + ".", "." + token, token + "=",
        token + "A", token + "\n", " " + token, token.substr(0, token.rfind('.') + 1)}) {
    CHECK_MESSAGE(refused(bad), bad);
  }
  const std::array keys{ours().public_key()};
  CHECK(verify_jws(TokenType::turn, token, keys, token.size() - 1).error().code == base::Code::too_large);
  CHECK(verify_jws(TokenType::turn, token, keys, token.size()).ok());
}

// Every byte, and every other value that it could have: some fifty thousand tokens, each looked at by the real reader.
TEST_CASE("any one changed or missing byte is found") {
  const auto token = sign_jws(TokenType::turn, Value(Value::Object{{"session", "s1"}, {"turn", 3}}), ours());
  REQUIRE(!refused(token));
  std::size_t tried = 0;
  for (std::size_t at = 0; at < token.size(); ++at) {
    auto changed = token;
    for (int with = 0; with < 256; ++with) {
      changed[at] = static_cast<char>(with);
      if (changed[at] == token[at]) continue;
      ++tried;
      if (!refused(changed)) FAIL("byte " << at << " as " << with);
    }
    if (!refused(token.substr(0, at))) FAIL("cut at " << at);
  }
  CHECK(tried == token.size() * 255);
}

}  // namespace x1::wire
