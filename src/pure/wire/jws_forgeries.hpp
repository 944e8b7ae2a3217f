// What an attacker makes of a token of ours, whatever its kind: each member is one attack of attacks.hpp, and all of it
// is to be refused with invalid_token. Included by tests only.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "wire/attacks.hpp"
#include "wire/json.hpp"

namespace x1::wire::testing {

[[nodiscard]] inline std::string encode_part(std::string_view text) {
  return base::base64url_encode(base::as_bytes(text));
}
[[nodiscard]] inline std::string decode_part(const std::string& part) {
  return std::string(base::as_text(base::base64url_decode(part).value()));
}

struct Parts {
  std::string header, payload, signature;
  [[nodiscard]] static Parts of(const std::string& token) {
    const auto first = token.find('.');
    const auto last = token.rfind('.');
    return {token.substr(0, first), token.substr(first + 1, last - first - 1), token.substr(last + 1)};
  }
  [[nodiscard]] std::string token() const { return header + "." + payload + "." + signature; }
};

class JwsForgeries {
 public:
  // A good token, and the key that signed it; and what is said of one whose payload is a list.
  JwsForgeries(const std::string& good, const crypto::SigningKey& by, base::Code of_a_list = base::Code::invalid_token)
      : token_(good),
        good_(Parts::of(good)),
        payload_(decode_part(good_.payload)),
        type_(claimed_type(good).value()),
        by_(&by),
        of_a_list_(of_a_list) {}

  // The same token with a member that says something else, signed as well as it can be.
  [[nodiscard]] std::string with(std::string_view member, Value value) const {
    auto payload = parse_json(payload_).value();
    X1_CHECK(payload.find(member) != nullptr && *payload.find(member) != value);
    (*payload.object())[std::string(member)] = std::move(value);
    return sign_jws(type_, payload, *by_);
  }

  [[nodiscard]] Tries another_key() const {
    return {{"another's, under its own kid", sign_jws(type_, parse_json(payload_).value(), other_)},
            {"another's, under the right kid", signed_as(header("EdDSA", by_->key_id()), payload_, other_)},
            {"the right one's, under another's kid", signed_as(header("EdDSA", other_.key_id()), payload_)}};
  }
  [[nodiscard]] Tries another_algorithm() const {
    std::vector<Try> out;
    const auto& kid = by_->key_id();
    for (const auto* alg : {"none", "None", "HS256", "ES256", "RS256", "Ed25519", "Ed448", "eddsa", ""})
      out.push_back({"alg " + std::string(alg), signed_as(header(alg, kid), payload_)});
    out.push_back({"no signature", encode_part(header("none", kid)) + "." + good_.payload + "."});
    out.push_back({"its own header and no signature", good_.header + "." + good_.payload + "."});
    const auto symmetric = encode_part(header("HS256", kid)) + "." + good_.payload;
    out.push_back({"HMAC by the public key", symmetric + "." + encode_part(hmac(symmetric))});
    out.push_back(
        {"a signature of Ed448's size", good_.header + "." + good_.payload + "." + encode_part(std::string(114, 'x'))});
    out.push_back({"no alg", signed_as(R"({"kid":")" + kid + R"(","typ":")" + typ() + R"("})", payload_)});
    out.push_back({"critical members", signed_as(header("EdDSA", kid, R"("crit":[],)"), payload_)});
    out.push_back({"blanks in the header", signed_as(" " + header("EdDSA", kid), payload_)});
    return out;
  }
  [[nodiscard]] Tries unknown_kid() const {
    const auto& kid = by_->key_id();
    return {{"no kid", signed_as(header("EdDSA", ""), payload_)},
            {"a kid that nobody has", signed_as(header("EdDSA", "AAAAAAAAAAAAAAAA"), payload_)},
            {"a part of the kid", signed_as(header("EdDSA", kid.substr(0, 15)), payload_)},
            {"more than the kid", signed_as(header("EdDSA", kid + "A"), payload_)},
            {"a path", signed_as(header("EdDSA", "../key"), payload_)},
            {"a key of its own", signed_as(header("EdDSA", kid, R"("jwk":{},)"), payload_)},
            {"a key of its own, that signed it",
             signed_as(header("EdDSA", other_.key_id(), R"("jwk":{},)"), payload_, other_)}};
  }
  // Its own members under every other kind's name, by the same key. What others have to say stands in every_kind of
  // policy/token_examples.hpp.
  [[nodiscard]] Tries another_kind() const {
    std::vector<Try> out;
    for (const auto type : all_of<TokenType>()) {
      if (type == type_) continue;
      out.push_back({"as " + std::string(to_string(type)), sign_jws(type, parse_json(payload_).value(), *by_)});
    }
    const auto& kid = by_->key_id();
    out.push_back({"no typ", signed_as(R"({"alg":"EdDSA","kid":")" + kid + R"("})", payload_)});
    out.push_back({"typ JWT", signed_as(R"({"alg":"EdDSA","kid":")" + kid + R"(","typ":"JWT"})", payload_)});
    return out;
  }
  // Every byte, or each of that many where presenting one takes a disk.
  [[nodiscard]] Tries changed_bytes(std::size_t step = 1) const {
    return Tries(flipped(step)).with(other_signatures()).with(other_texts()).with(other_payloads());
  }

 private:
  [[nodiscard]] std::string typ() const { return std::string(to_string(type_)); }
  [[nodiscard]] std::string header(std::string_view alg, std::string_view kid, std::string_view more = "") const {
    return R"({"alg":")" + std::string(alg) + R"(",)" + (kid.empty() ? "" : R"("kid":")" + std::string(kid) + R"(",)") +
           std::string(more) + R"("typ":")" + typ() + R"("})";
  }
  // Any header over any payload, under a good signature.
  [[nodiscard]] std::string signed_as(std::string_view header, std::string_view payload) const {
    return signed_as(header, payload, *by_);
  }
  [[nodiscard]] static std::string signed_as(std::string_view header, std::string_view payload,
                                             const crypto::SigningKey& by) {
    const auto text = encode_part(header) + "." + encode_part(payload);
    return text + "." + base::base64url_encode(by.sign(base::as_bytes(text)));
  }
  // RFC 2104, with the public key's text as the secret: what a verifier that lets the token choose would compute.
  [[nodiscard]] std::string hmac(std::string_view text) const {
    std::array<std::string, 2> pads;
    auto secret = crypto::to_text(by_->public_key());
    secret.resize(64, '\0');
    for (std::size_t i = 0; i < pads.size(); ++i) {
      for (const char c : secret)
        pads.at(i).push_back(static_cast<char>(c ^ (i == 0 ? 0x36 : 0x5c)));
    }
    const auto inner = crypto::sha256(pads[0] + std::string(text));
    return std::string(base::as_text(crypto::sha256(pads[1] + std::string(base::as_text(inner.bytes))).bytes));
  }

  [[nodiscard]] std::vector<Try> flipped(std::size_t step) const {
    std::vector<Try> out;
    const auto flip = [&](std::string Parts::* part, std::uint8_t bit) {
      const auto bytes = base::base64url_decode(good_.*part).value();
      for (std::size_t i = 0; i < bytes.size(); i += step) {
        auto changed = bytes;
        changed[i] ^= bit;
        auto parts = good_;
        parts.*part = base::base64url_encode(changed);
        out.push_back({"byte " + std::to_string(i), parts.token()});
      }
    };
    flip(&Parts::header, 0x20);
    flip(&Parts::payload, 1);
    flip(&Parts::signature, 0x80);
    return out;
  }
  [[nodiscard]] std::vector<Try> other_signatures() const {
    // L = 2^252 + 27742317777372353535851937790883648493, the lowest byte first (RFC 8032, 5.1).
    constexpr std::array<std::uint8_t, 32> order{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                                 0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                                 0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
    auto signature = base::base64url_decode(good_.signature).value();
    unsigned carry = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const unsigned sum = signature[32 + i] + order.at(i) + carry;
      signature[32 + i] = static_cast<std::uint8_t>(sum);
      carry = sum >> 8U;
    }
    std::vector<Try> out;
    const auto signed_by = [&](const base::Bytes& bytes, std::string what) {
      out.push_back({std::move(what), Parts{good_.header, good_.payload, base::base64url_encode(bytes)}.token()});
    };
    signed_by(signature, "its second half with the group's order added");
    signed_by(base::Bytes(64, 0), "zeros");
    signed_by(base::Bytes(64, 0xff), "ones");
    return out;
  }
  // Another text for the same bytes, bytes before or after.
  [[nodiscard]] std::vector<Try> other_texts() const {
    std::vector<Try> out;
    for (const auto* tail : {"A", "AAAA", "=", "==", ".", "..", " ", ".AAAA"})
      out.push_back({"followed by '" + std::string(tail) + "'", token_ + tail});
    out.push_back({"followed by a zero byte", token_ + std::string(1, '\0')});
    for (const auto* head : {" ", ".", "A"})
      out.push_back({"after '" + std::string(head) + "'", head + token_});
    for (auto part : {&Parts::header, &Parts::payload, &Parts::signature}) {
      for (const auto* padding : {"=", "==", " "}) {
        auto parts = good_;
        parts.*part += padding;
        out.push_back({"padded", parts.token()});
      }
      auto standard = good_;
      std::ranges::replace(standard.*part, '-', '+');
      std::ranges::replace(standard.*part, '_', '/');
      if (standard.*part != good_.*part) out.push_back({"in the other alphabet", standard.token()});
      // The bits that are left over in a last character say nothing, and must be zero.
      if ((good_.*part).size() % 4 == 0) continue;
      auto leftover = good_;
      (leftover.*part).back() = static_cast<char>((leftover.*part).back() + 1);
      out.push_back({"bits left over", leftover.token()});
    }
    out.push_back({"four parts", token_ + "." + good_.signature});
    out.push_back({"two parts", good_.header + "." + good_.payload});
    out.push_back({"nothing", ""});
    return out;
  }
  // Under a good signature: whoever signs writes one text, and no reader takes another.
  [[nodiscard]] std::vector<Try> other_payloads() const {
    std::vector<Try> out;
    const auto header = decode_part(good_.header);
    for (const auto& [what, text] : std::initializer_list<std::pair<std::string, std::string>>{
             {"blanks in the payload", " " + payload_},
             {"a line's end in the payload", payload_ + "\n"},
             {"a member twice", "{\"session\":\"s1\"," + payload_.substr(1)},
             {"two payloads", payload_ + payload_},
             {"no JSON", "session=s1"},
             {"an empty payload", ""}}) {
      out.push_back({what, signed_as(header, text)});
    }
    out.push_back({"a list", signed_as(header, "[" + payload_ + "]"), of_a_list_});
    return out;
  }

  std::string token_;
  Parts good_;
  std::string payload_;
  TokenType type_;
  const crypto::SigningKey* by_;
  base::Code of_a_list_;
  crypto::SigningKey other_ = crypto::SigningKey::generate().value();
};

}  // namespace x1::wire::testing
