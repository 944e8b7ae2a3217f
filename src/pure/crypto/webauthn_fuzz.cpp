// Nothing but what the authenticator signed may hold. The input is tried as a public key, and, cut in three, as an
// assertion: as it is, and with a good signature over it, when only the one layout of its parts may pass.
#include <algorithm>
#include <cstdint>
#include <string>

#include "base/check.hpp"
#include "crypto/webauthn.hpp"

namespace {

using namespace x1;

const crypto::RelyingParty party{"x1.example", "https://x1.example"};

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

bool holds(const crypto::PasskeyAssertion& assertion) {
  return crypto::verify_assertion(assertion, crypto::PasskeyPublicKey::from(key().public_key()), party,
                                  crypto::sha256("shown"))
      .ok();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::BytesView bytes(data, size);
  const auto public_key = crypto::PasskeyPublicKey::from_spki(bytes);
  if (public_key.ok()) {
    const auto spki = public_key->spki();
    X1_CHECK(std::ranges::equal(spki, bytes));
    X1_CHECK(!public_key->verify(bytes, bytes));
  }
  const auto good = crypto::make_assertion(key(), party, crypto::sha256("shown"), 1);
  const auto data_size = std::min(crypto::authenticator_data_bytes, size);
  crypto::PasskeyAssertion assertion{std::string(base::as_text(bytes.subspan(data_size))),
                                     base::Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(data_size)),
                                     good.signature};
  X1_CHECK(!holds(assertion) || assertion == good);
  auto message = assertion.authenticator_data;
  const auto hash = crypto::sha256(assertion.client_data);
  message.insert(message.end(), hash.bytes.begin(), hash.bytes.end());
  const auto signature = key().sign(message);
  assertion.signature.assign(signature.begin(), signature.end());
  const auto stem = good.client_data.substr(0, good.client_data.size() - 1);
  X1_CHECK(!holds(assertion) ||
           (assertion.client_data.starts_with(stem) && (assertion.authenticator_data.at(32) & 5U) == 5));
  return 0;
}
