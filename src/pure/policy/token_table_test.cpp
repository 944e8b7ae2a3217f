// Every kind of token against every way to get a false one believed. A kind is one line of the table below; a kind
// without a line fails here. By whom a token is asked for, beyond what this folder binds, is tested where that is known
// (src/trusted/vault/vault_test.cpp, src/trusted/broker, src/trusted/api/broker_side_test.cpp).
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>

#include "base/encoding.hpp"
#include "policy/examples.hpp"
#include "wire/json.hpp"
#include "wire/jws.hpp"

namespace x1::policy {
namespace {

using base::Code;
using testing::at;
using testing::id;
using wire::TokenType;
using wire::Value;

constexpr std::chrono::milliseconds moment{1};

const crypto::SigningKey& key() {
  static const auto key = crypto::SigningKey::generate().value();
  return key;
}
const crypto::SigningKey& other_key() {
  static const auto key = crypto::SigningKey::generate().value();
  return key;
}

// What a reader says of a token: nothing when it believes it.
using Said = std::optional<Code>;
using Read = std::function<Said(std::string_view token, Keys keys, TimePoint now)>;

template <class Token>
Said said_of(const base::Result<Token>& read) {
  return read.ok() ? Said() : Said(read.error().code);
}
template <class Token>
Read reader(base::Result<Token> (*verify)(std::string_view, Keys, TimePoint)) {
  return [verify](std::string_view token, Keys keys, TimePoint now) { return said_of(verify(token, keys, now)); };
}

struct Line {
  TokenType type;
  std::string name;
  Value payload;  // issued at 100 and good then
  Read read;
  std::size_t max_bytes = 8192;
  std::optional<TimePoint> from = {};   // the first moment at which it counts; nothing: always
  std::optional<TimePoint> until = {};  // the first at which it does no longer; nothing: for ever
  Code too_early = Code::clock_skew;
  // Presents it for what it was made for: the members that bind it, each with another value, and what that gives.
  std::function<Read()> present = {};
  std::vector<std::pair<std::string, Value>> bound = {};
  Code elsewhere = Code::invalid_token;
  bool once = false;  // a second time it is a conflict
};

std::string token_of(const Line& line, const crypto::SigningKey& by = key()) {
  return wire::sign_jws(line.type, line.payload, by);
}
Value payload_of(const std::string& token) {
  const auto from = token.find('.') + 1;
  const auto bytes = base::base64url_decode(token.substr(from, token.rfind('.') - from)).value();
  return wire::parse_json(base::as_text(bytes)).value();
}

// To the ledger in which its question stands.
Read to_ledger() {
  const auto ledger = std::make_shared<Ledger>();
  ledger->apply(Asked{testing::challenge()});
  return [ledger](std::string_view token, Keys keys, TimePoint now) {
    const auto consent = verify_consent(token, keys, now);
    if (!consent.ok()) return said_of(consent);
    const auto fact = ledger->redeem(*consent, token, id<base::GrantId>("g1"), now);
    if (fact.ok()) ledger->apply(*fact);
    return said_of(fact);
  };
}

Said question(std::string_view token, Keys keys, TimePoint) {
  const auto read = verify_challenge(token, keys, testing::challenge());
  return read.ok() ? Said() : Said(read.error().code);
}

// Kinds that are read elsewhere: what every reader begins with, and that it is an object.
Read form_of(TokenType type) {
  return [type](std::string_view token, Keys keys, TimePoint) {
    const auto read = wire::verify_jws(type, token, keys, 8192);
    if (!read.ok()) return said_of(read);
    return read->object() == nullptr ? Said(Code::invalid_token) : Said();
  };
}

Value control_payload(ControlAction action) {
  return payload_of(sign(Control{"k1", id<SessionId>("s1"), id<UserId>("ada"), std::move(action), at(100)}, key()));
}

std::vector<Line> lines() {
  const auto skew = max_clock_skew;
  const TurnCertificate turn{id<SessionId>("s1"),  TurnNumber{3},      id<UserId>("ada"), crypto::sha256("hi"),
                             crypto::sha256("{}"), key().public_key(), at(100),           at(400)};
  auto consent = testing::consent(testing::challenge());
  consent.issued = at(100), consent.expires = at(400);
  const Ticket ticket{
      id<base::CallId>("call1"), id<SessionId>("s1"), TurnNumber{3}, id<UserId>("ada"), "tool", "calendar.read",
      id<ConnectionId>("c1"),    TicketMode::plan,    at(220)};
  const ReleaseRequest release{id<base::CallId>("call1"), id<SessionId>("s1"), TurnNumber{3}, id<ConnectionId>("c1"),
                               "calendar.read",           crypto::sha256("x"), at(100)};
  const Receipt receipt{id<SessionId>("s1"), "event", 1, {}, at(100)};
  const auto event = Value::Object{{"actor", "ada"}, {"seq", 1}, {"session", "s1"}, {"type", "turn.opened"}};
  const auto by = [](const auto& token) { return payload_of(sign(token, key())); };
  return {
      {.type = TokenType::turn,
       .name = "turn",
       .payload = by(turn),
       .read = reader(&verify_turn),
       .from = at(100) - skew,
       .until = at(400) + skew},
      {.type = TokenType::consent,
       .name = "consent",
       .payload = by(consent),
       .read = reader(&verify_consent),
       .from = at(100) - skew,
       .until = at(400) + skew,
       .present = &to_ledger,
       .bound = {{"session", "s2"},
                 {"actor", "bob"},
                 {"scope", "calendar.read"},
                 {"connection", "work"},
                 {"digest", crypto::to_hex(crypto::sha256("another request"))}},
       .once = true},
      {.type = TokenType::consent,
       .name = "consent to a question that nobody asked",
       .payload = by(consent),
       .read = reader(&verify_consent),
       .from = at(100) - skew,
       .until = at(400) + skew,
       .present = &to_ledger,
       .bound = {{"challenge", "c2"}},
       .elsewhere = Code::not_found,
       .once = true},
      // One process makes and reads tickets: no allowance, and none that lives longer than it may.
      {.type = TokenType::ticket,
       .name = "ticket",
       .payload = by(ticket),
       .read = reader(&verify_ticket),
       .from = at(220) - max_ticket_life,
       .until = at(220),
       .too_early = Code::invalid_token},
      {.type = TokenType::release,
       .name = "release",
       .payload = by(release),
       .read = reader(&verify_release),
       .from = at(100) - skew,
       .until = at(100) + max_release_age + moment},
      {.type = TokenType::receipt,
       .name = "receipt",
       .payload = by(receipt),
       .read = [](std::string_view token, Keys keys, TimePoint) { return said_of(verify_receipt(token, keys)); }},
      {.type = TokenType::control,
       .name = "answer",
       .payload = control_payload(AnswerQuestion{"q1", "yes"}),
       .read = reader(&verify_control),
       .max_bytes = 512 * 1024,
       .from = at(100) - skew},
      // What only takes away counts whatever the clocks say.
      {.type = TokenType::control,
       .name = "revocation",
       .payload = control_payload(RevokeGrants{}),
       .read = reader(&verify_control),
       .max_bytes = 512 * 1024},
      {.type = TokenType::challenge,
       .name = "question",
       .payload = by(testing::challenge()),
       .read = &question,
       .max_bytes = 4096,
       .present = [] { return Read(&question); },
       .bound = {{"challenge", "c2"},
                 {"session", "s2"},
                 {"digest", crypto::to_hex(crypto::sha256("another question"))}}},
      {.type = TokenType::event, .name = "event", .payload = event, .read = form_of(TokenType::event)},
      {.type = TokenType::audit, .name = "audit", .payload = event, .read = form_of(TokenType::audit)},
  };
}

std::vector<TokenType> all_types() {
  std::vector<TokenType> types;
  for (int number = 0; !to_string(static_cast<TokenType>(number)).empty(); ++number)
    types.push_back(static_cast<TokenType>(number));
  return types;
}

std::string encode(std::string_view text) { return base::base64url_encode(base::as_bytes(text)); }

// Any header over any payload, under a good signature of `by`.
std::string signed_as(std::string_view header, std::string_view payload, const crypto::SigningKey& by = key()) {
  const auto text = encode(header) + "." + encode(payload);
  return text + "." + base::base64url_encode(by.sign(base::as_bytes(text)));
}

struct Parts {
  std::string header, payload, signature;
  [[nodiscard]] std::string token() const { return header + "." + payload + "." + signature; }
};
Parts split(const std::string& token) {
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  return {token.substr(0, first), token.substr(first + 1, last - first - 1), token.substr(last + 1)};
}

std::string text_of(const std::string& part) {
  return std::string(base::as_text(base::base64url_decode(part).value()));
}

// RFC 2104, with the public key's text as the secret: what a verifier that lets the token choose would compute.
std::string hmac(std::string_view text) {
  std::array<std::string, 2> pads;
  auto secret = crypto::to_text(key().public_key());
  secret.resize(64, '\0');
  for (std::size_t i = 0; i < pads.size(); ++i) {
    for (const char c : secret)
      pads.at(i).push_back(static_cast<char>(c ^ (i == 0 ? 0x36 : 0x5c)));
  }
  const auto inner = crypto::sha256(pads[0] + std::string(text));
  const auto outer = crypto::sha256(pads[1] + std::string(base::as_text(inner.bytes)));
  return std::string(base::as_text(outer.bytes));
}

struct Forgery {
  std::string what;
  std::string token;
};

// Other algorithms, keys and kinds, most of them under a signature that holds.
std::vector<Forgery> other_headers(const Line& line) {
  const auto good = split(token_of(line));
  const auto payload = text_of(good.payload);
  const std::string typ(to_string(line.type));
  const auto header = [&](std::string_view alg, std::string_view kid, std::string_view more = "") {
    return R"({"alg":")" + std::string(alg) + R"(",)" + (kid.empty() ? "" : R"("kid":")" + std::string(kid) + R"(",)") +
           std::string(more) + R"("typ":")" + typ + R"("})";
  };
  const auto& kid = key().key_id();
  std::vector<Forgery> out;
  for (const auto* alg : {"none", "None", "HS256", "ES256", "RS256", "Ed25519", "Ed448", "eddsa", ""})
    out.push_back({"alg " + std::string(alg), signed_as(header(alg, kid), payload)});
  out.push_back({"no signature", encode(header("none", kid)) + "." + good.payload + "."});
  out.push_back({"its own header and no signature", good.header + "." + good.payload + "."});
  const auto symmetric = encode(header("HS256", kid)) + "." + good.payload;
  out.push_back({"HMAC by the public key", symmetric + "." + encode(hmac(symmetric))});
  out.push_back(
      {"a signature of Ed448's size", good.header + "." + good.payload + "." + encode(std::string(114, 'x'))});
  out.push_back({"no kid", signed_as(header("EdDSA", ""), payload)});
  out.push_back({"a kid that nobody has", signed_as(header("EdDSA", "AAAAAAAAAAAAAAAA"), payload)});
  out.push_back({"a part of the kid", signed_as(header("EdDSA", kid.substr(0, 15)), payload)});
  out.push_back({"another's kid", signed_as(header("EdDSA", other_key().key_id()), payload)});
  out.push_back({"another's signature under the kid", signed_as(header("EdDSA", kid), payload, other_key())});
  out.push_back({"a key of its own", signed_as(header("EdDSA", kid, R"("jwk":{},)"), payload)});
  out.push_back({"critical members", signed_as(header("EdDSA", kid, R"("crit":[],)"), payload)});
  out.push_back({"blanks in the header", signed_as(" " + header("EdDSA", kid), payload)});
  out.push_back({"no typ", signed_as(R"({"alg":"EdDSA","kid":")" + kid + R"("})", payload)});
  for (const auto type : all_types()) {
    if (type != line.type) {
      out.push_back({"typ " + std::string(to_string(type)), wire::sign_jws(type, line.payload, key())});
    }
  }
  return out;
}

// Another text for the same bytes, bytes after the end, another text for the same payload.
std::vector<Forgery> other_texts(const Line& line) {
  const auto token = token_of(line);
  const auto good = split(token);
  const auto header = text_of(good.header);
  const auto payload = text_of(good.payload);
  std::vector<Forgery> out;
  for (const auto* tail : {"A", "AAAA", "=", "==", ".", "..", " ", "\n", ".AAAA"})
    out.push_back({"followed by '" + std::string(tail) + "'", token + tail});
  out.push_back({"followed by a zero byte", token + std::string(1, '\0')});
  for (const auto* head : {" ", ".", "A"})
    out.push_back({"after '" + std::string(head) + "'", head + token});
  for (auto part : {&Parts::header, &Parts::payload, &Parts::signature}) {
    for (const auto* padding : {"=", "==", " ", "\n"}) {
      auto parts = good;
      parts.*part += padding;
      out.push_back({"padded", parts.token()});
    }
    auto standard = good;
    std::ranges::replace(standard.*part, '-', '+');
    std::ranges::replace(standard.*part, '_', '/');
    if (standard.*part != good.*part) out.push_back({"in the other alphabet", standard.token()});
    // The bits that are left over in a last character say nothing, and must be zero.
    if ((good.*part).size() % 4 == 0) continue;
    auto leftover = good;
    (leftover.*part).back() = static_cast<char>((leftover.*part).back() + 1);
    out.push_back({"bits left over", leftover.token()});
  }
  out.push_back({"four parts", token + "." + good.signature});
  out.push_back({"two parts", good.header + "." + good.payload});
  out.push_back({"nothing", ""});
  for (const auto& [what, text] :
       std::initializer_list<Forgery>{{"blanks in the payload", " " + payload},
                                      {"a line's end in the payload", payload + "\n"},
                                      {"a member twice", "{\"session\":\"s1\"," + payload.substr(1)},
                                      {"two payloads", payload + payload},
                                      {"no object", "[" + payload + "]"},
                                      {"no JSON", "session=s1"},
                                      {"an empty payload", ""}}) {
    out.push_back({what, signed_as(header, text)});
  }
  return out;
}

}  // namespace

TEST_CASE("every kind of token has a line in the table, and its reader believes it as it was made") {
  const auto table = lines();
  for (const auto type : all_types()) {
    CAPTURE(to_string(type));
    CHECK(std::ranges::find(table, type, &Line::type) != table.end());
    CHECK(wire::claimed_type(wire::sign_jws(type, Value::Object{}, key())) == type);
  }
  const std::array keys{other_key().public_key(), key().public_key()};
  for (const auto& line : table) {
    CAPTURE(line.name);
    CHECK(line.read(token_of(line), keys, at(100)) == Said());
    CHECK(line.read(token_of(line, other_key()), keys, at(100)) == Said());
  }
}

TEST_CASE("D3 F1: no other algorithm, key, kind or text of a token is believed, whatever it is") {
  const std::array keys{key().public_key()};
  for (const auto& line : lines()) {
    CAPTURE(line.name);
    for (const auto& forgeries : {other_headers(line), other_texts(line)}) {
      for (const auto& [what, token] : forgeries) {
        CAPTURE(what);
        CHECK(line.read(token, keys, at(100)) == Code::invalid_token);
      }
    }
    CHECK(line.read(token_of(line, other_key()), keys, at(100)) == Code::invalid_token);
    CHECK(line.read(token_of(line), Keys{}, at(100)) == Code::invalid_token);
    auto huge = token_of(line);
    huge.append(line.max_bytes - huge.size(), 'A');
    CHECK(line.read(huge, keys, at(100)) == Code::invalid_token);
    CHECK(line.read(huge + "A", keys, at(100)) == Code::too_large);
    CHECK(line.read(token_of(line), keys, at(100)) == Said());
  }
}

TEST_CASE("D3 F1: a token whose payload or signature differs in any byte is refused") {
  const std::array keys{key().public_key()};
  for (const auto& line : lines()) {
    CAPTURE(line.name);
    const auto good = split(token_of(line));
    const auto refused = [&](const Parts& parts) {
      return line.read(parts.token(), keys, at(100)) == Code::invalid_token;
    };
    const auto payload = base::base64url_decode(good.payload).value();
    for (std::size_t i = 0; i < payload.size(); ++i) {
      auto changed = payload;
      changed[i] ^= 1U;
      CHECK(refused({good.header, base::base64url_encode(changed), good.signature}));
    }
    const auto signature = base::base64url_decode(good.signature).value();
    for (std::size_t i = 0; i < signature.size(); ++i) {
      auto changed = signature;
      changed[i] ^= 0x80U;
      CHECK(refused({good.header, good.payload, base::base64url_encode(changed)}));
    }
    for (const auto byte : {std::uint8_t{0}, std::uint8_t{0xff}}) {
      const base::Bytes same(signature.size(), byte);
      CHECK(refused({good.header, good.payload, base::base64url_encode(same)}));
    }
  }
}

TEST_CASE("D3: a signature has one form: its second half does not come again with the group's order added") {
  // L = 2^252 + 27742317777372353535851937790883648493, the lowest byte first (RFC 8032, 5.1).
  constexpr std::array<std::uint8_t, 32> order{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                               0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                               0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
  const std::array keys{key().public_key()};
  for (const auto& line : lines()) {
    CAPTURE(line.name);
    const auto good = split(token_of(line));
    auto signature = base::base64url_decode(good.signature).value();
    unsigned carry = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const unsigned sum = signature[32 + i] + order.at(i) + carry;
      signature[32 + i] = static_cast<std::uint8_t>(sum);
      carry = sum >> 8U;
    }
    const auto other = Parts{good.header, good.payload, base::base64url_encode(signature)}.token();
    CHECK(line.read(other, keys, at(100)) == Code::invalid_token);
  }
}

TEST_CASE("every kind of token counts from its first moment to its last, and a clock may be 5 seconds off") {
  CHECK(max_clock_skew == std::chrono::seconds(5));
  const std::array keys{key().public_key()};
  for (const auto& line : lines()) {
    CAPTURE(line.name);
    const auto token = token_of(line);
    const auto first = line.from.value_or(at(-1'000'000));
    const auto last = line.until ? *line.until - moment : at(100'000'000);
    CHECK(line.read(token, keys, first) == Said());
    CHECK(line.read(token, keys, last) == Said());
    if (line.until) CHECK(line.read(token, keys, *line.until) == Code::expired);
    // Too early is another matter than too late: it is right some time later.
    if (line.from) CHECK(line.read(token, keys, *line.from - moment) == line.too_early);
  }
}

TEST_CASE("D3: a token that was made for something else is refused there, and one for a single use the second time") {
  const std::array keys{key().public_key()};
  for (const auto& line : lines()) {
    if (!line.present) continue;
    CAPTURE(line.name);
    for (const auto& [member, other] : line.bound) {
      CAPTURE(member);
      auto readdressed = line;
      REQUIRE(readdressed.payload.find(member) != nullptr);
      REQUIRE(*readdressed.payload.find(member) != other);
      (*readdressed.payload.object())[member] = other;
      CHECK(line.present()(token_of(readdressed), keys, at(100)) == line.elsewhere);
    }
    const auto place = line.present();
    CHECK(place(token_of(line), keys, at(100)) == Said());
    CHECK(place(token_of(line), keys, at(100)) == (line.once ? Said(Code::conflict) : Said()));
  }
}

}  // namespace x1::policy
