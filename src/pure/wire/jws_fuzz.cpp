// No input may verify unless it is, byte for byte, what the key signed. The input is tried as a token, and as the
// header and payload of a token with a good signature: then only the canonical form may pass.
#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/encoding.hpp"
#include "wire/jws.hpp"

namespace {

using namespace x1;

const crypto::SigningKey& key() {
  static const auto made = [] {
    auto seed = crypto::Secret::of_size(32);
    X1_CHECK(seed.ok());
    auto signing = crypto::SigningKey::from_seed(*seed);
    X1_CHECK(signing.ok());
    return std::move(signing).value();
  }();
  return made;
}

void check(const std::string& token) {
  const auto claimed = wire::claimed_type(token);
  const std::array keys{key().public_key()};
  const auto payload = wire::verify_jws(wire::TokenType::turn, token, keys, 1 << 16);
  if (!payload.ok()) return;
  X1_CHECK(claimed == wire::TokenType::turn);
  X1_CHECK(wire::sign_jws(wire::TokenType::turn, *payload, key()) == token);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(base::as_text(base::BytesView(data, size)));
  check(text);
  const auto good = wire::sign_jws(wire::TokenType::turn, wire::Value(), key());
  for (auto signed_text : {text, good.substr(0, good.find('.') + 1) + base::base64url_encode(base::as_bytes(text))}) {
    signed_text += "." + base::base64url_encode(key().sign(base::as_bytes(signed_text)));
    check(signed_text);
  }
  return 0;
}
