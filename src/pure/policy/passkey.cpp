#include "policy/passkey.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "wire/fields.hpp"
#include "wire/json.hpp"

namespace x1::policy {
namespace {

using base::Code;
using base::Error;
using wire::Value;

constexpr std::size_t max_key_text = 128;  // 91 bytes of a P-256 key, as base64url

bool is_passkey_id(std::string_view text) {
  return !text.empty() && text.size() <= max_passkey_id && base::base64url_decode(text).ok();
}

crypto::Digest digest_of(const Value& value) { return crypto::sha256(wire::canonical_json(value)); }

Error malformed() { return {Code::invalid_token, "The passkey's assertion is malformed.", ""}; }

Error demanded_another(std::string_view why) {
  return {Code::passkey_required, std::string(why), "Run `x1 passkey enroll` once, then answer with `x1 approve`."};
}

}  // namespace

std::string_view to_string(Assurance assurance) noexcept {
  switch (assurance) {
    case Assurance::none: return "none";
    case Assurance::terminal: return "terminal";
    case Assurance::passkey: return "passkey";
  }
  return "passkey";
}

base::Result<Assurance> assurance_from(std::string_view text) {
  for (const auto assurance : {Assurance::none, Assurance::terminal, Assurance::passkey}) {
    if (to_string(assurance) == text) return assurance;
  }
  return Error{Code::invalid_request, "An assurance is none, terminal or passkey.", ""};
}

const crypto::RelyingParty& terminal_party() {
  static const crypto::RelyingParty party{"terminal.x1agent", "x1:terminal"};
  return party;
}

Value to_value(const Passkey& passkey) {
  return Value::Object{{"user", passkey.user.text()},
                       {"id", passkey.id},
                       {"public_key", base::base64url_encode(passkey.key.spki())},
                       {"rp_id", passkey.party.id},
                       {"origin", passkey.party.origin}};
}

base::Result<Passkey> passkey_from(const Value& value) {
  wire::Fields fields(value, "the passkey");
  const auto user = fields.id<UserId>("user");
  auto id = fields.string("id", max_passkey_id);
  if (!is_passkey_id(id)) fields.fail("id", "is not 1 to 256 characters of base64url");
  const auto spki = base::base64url_decode(fields.string("public_key", max_key_text));
  if (!spki.ok()) fields.fail("public_key", "is not base64url");
  crypto::RelyingParty party{fields.string("rp_id", 256), fields.string("origin", 256)};
  if (!crypto::is_relying_party(party)) fields.fail("rp_id", "and 'origin' are not printable texts without quotes");
  X1_TRY(done, fields.finish());
  X1_TRY(key, crypto::PasskeyPublicKey::from_spki(*spki));
  return Passkey{*user, std::move(id), std::move(key), std::move(party)};
}

std::string to_text(const Assertion& assertion) {
  return assertion.key + "." + base::base64url_encode(base::as_bytes(assertion.answer.client_data)) + "." +
         base::base64url_encode(assertion.answer.authenticator_data) + "." +
         base::base64url_encode(assertion.answer.signature);
}

base::Result<Assertion> assertion_from(std::string_view text) {
  if (text.size() > max_assertion_text || std::ranges::count(text, '.') != 3) return malformed();
  std::array<base::Bytes, 3> parts;
  const auto key = text.substr(0, text.find('.'));
  if (!is_passkey_id(key)) return malformed();
  auto rest = text.substr(key.size());
  for (auto& part : parts) {
    rest.remove_prefix(1);
    const auto piece = rest.substr(0, rest.find('.'));
    auto bytes = base::base64url_decode(piece);
    if (!bytes.ok()) return malformed();
    part = std::move(bytes).value();
    rest.remove_prefix(piece.size());
  }
  return Assertion{std::string(key), {std::string(base::as_text(parts[0])), std::move(parts[1]), std::move(parts[2])}};
}

crypto::Digest consent_statement(const ConsentToken& token) {
  auto value = to_value(token);
  for (const auto name : {"id", "issued", "expires", "assertion"})
    value.object()->erase(name);
  value.object()->emplace("statement", "consent");
  return digest_of(value);
}

crypto::Digest change_statement(PasskeyChange change, const Passkey& passkey, std::uint64_t revision) {
  auto value = to_value(passkey);
  value.object()->emplace("statement", change == PasskeyChange::add ? "passkey.add" : "passkey.remove");
  value.object()->emplace("revision", static_cast<std::int64_t>(revision));
  return digest_of(value);
}

base::Result<std::uint32_t> verify_assertion(std::string_view text, const Passkey& passkey,
                                             const crypto::Digest& statement) {
  X1_TRY(assertion, assertion_from(text));
  if (assertion.key != passkey.id) return Error{Code::invalid_token, "The assertion is by another passkey.", ""};
  return crypto::verify_assertion(assertion.answer, passkey.key, passkey.party, statement);
}

base::Status assured(const ConsentToken& token, Assurance demanded, const std::optional<Passkey>& passkey) {
  if (demanded == Assurance::none && !token.assertion) return base::Done{};
  if (!token.assertion) return demanded_another("This has to be confirmed with a passkey.");
  if (!passkey) return demanded_another("The vault has no such passkey of the person who was asked.");
  if (passkey->user != token.actor) return Error{Code::invalid_token, "The passkey is somebody else's.", ""};
  if (demanded == Assurance::terminal && passkey->party != terminal_party()) {
    return demanded_another("This has to be confirmed in the terminal.");
  }
  X1_TRY(counter, verify_assertion(*token.assertion, *passkey, consent_statement(token)));
  return base::Done{};
}

}  // namespace x1::policy
