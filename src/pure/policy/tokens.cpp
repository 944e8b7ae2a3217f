#include "policy/tokens.hpp"

#include "policy/manifest.hpp"
#include "policy/members.hpp"
#include "policy/passkey.hpp"
#include "wire/jws.hpp"

namespace x1::policy {
namespace {

using base::Code;
using base::Error;
using wire::TokenType;
using wire::Value;

constexpr std::size_t max_token_bytes = 8192;

// The issuer's clock may be a little ahead of ours, and no more. One that is too far ahead is right some time later,
// which a token past its time never is again: so each has its own code.
base::Status not_from_the_future(TimePoint issued, TimePoint now) {
  if (issued <= now + max_clock_skew) return base::Done{};
  return Error{Code::clock_skew, "The token comes from the future.", "Check the clocks."};
}

Error past_its_time() { return Error{Code::expired, "The token is past its time.", "Ask again."}; }

Error lives_too_long() { return Error{Code::invalid_token, "The token claims to live longer than its kind may.", ""}; }

base::Status check_times(TimePoint issued, TimePoint expires, base::Duration max_life, TimePoint now) {
  if (expires <= issued || expires - issued > max_life) return lives_too_long();
  X1_TRY(present, not_from_the_future(issued, now));
  if (now >= expires + max_clock_skew) return past_its_time();
  return base::Done{};
}

// A token that is signed but has the wrong members is as little to be believed as one that is not signed.
Error malformed(const Error& error) { return Error{Code::invalid_token, error.message, error.next}; }

std::string scope_member(wire::Fields& fields) {
  auto scope = fields.string("scope", 64);
  if (scope.empty()) fields.fail("scope", "is empty");
  return scope;
}

Value payload(const TurnCertificate& certificate) {
  return Value::Object{
      {"session", certificate.session.text()},
      {"turn", turn_value(certificate.turn)},
      {"actor", certificate.actor.text()},
      {"message", digest_value(certificate.message)},
      {"connections", digest_value(certificate.connections)},
      {"boot_key", crypto::to_text(certificate.boot_key)},
      {"issued", time_value(certificate.issued)},
      {"expires", time_value(certificate.expires)},
  };
}

Value payload(const Ticket& ticket) {
  return Value::Object{
      {"call", ticket.call.text()},
      {"session", ticket.session.text()},
      {"turn", turn_value(ticket.turn)},
      {"actor", ticket.actor.text()},
      {"tool", ticket.tool},
      {"scope", ticket.scope},
      {"connection", ticket.connection.text()},
      {"mode", ticket.mode == TicketMode::run ? "run" : "plan"},
      {"expires", time_value(ticket.expires)},
  };
}

Value payload(const ReleaseRequest& request) {
  return Value::Object{
      {"call", request.call.text()},
      {"session", request.session.text()},
      {"turn", turn_value(request.turn)},
      {"connection", request.connection.text()},
      {"scope", request.scope},
      {"request", digest_value(request.request)},
      {"issued", time_value(request.issued)},
  };
}

Value payload(const Receipt& receipt) {
  Value::Object object{
      {"session", receipt.session.text()},
      {"kind", receipt.kind},
      {"seq", static_cast<std::int64_t>(receipt.seq)},
      {"head", digest_value(receipt.head)},
      {"issued", time_value(receipt.issued)},
  };
  if (receipt.refused.empty()) return object;
  Value::Array refused;
  for (const auto& [seq, code] : receipt.refused)
    refused.emplace_back(Value::Object{{"seq", static_cast<std::int64_t>(seq)}, {"code", code}});
  object.emplace("refused", std::move(refused));
  return object;
}

// None is written as no member, so that there is one text for it.
base::Result<std::vector<Refusal>> refusals_from(const Value& value) {
  std::vector<Refusal> refusals;
  if (value.is_null()) return refusals;
  const auto* list = value.array();
  if (list == nullptr || list->empty() || list->size() > max_refusals) {
    return Error{Code::invalid_token, "The receipt's refusals are not a list of 1 to 64.", ""};
  }
  for (const auto& item : *list) {
    wire::Fields fields(item, "a refusal");
    const auto seq = fields.integer("seq", 1, max_safe_integer);
    auto code = fields.string("code", 64);
    if (auto done = fields.finish(); !done.ok()) return malformed(done.error());
    refusals.push_back({static_cast<std::uint64_t>(seq), std::move(code)});
  }
  return refusals;
}

}  // namespace

std::string_view to_string(Lifetime lifetime) noexcept {
  switch (lifetime) {
    case Lifetime::once: return "once";
    case Lifetime::turn: return "turn";
    case Lifetime::session: return "session";
    case Lifetime::until: return "until";
  }
  return "once";
}

base::Result<Lifetime> lifetime_from(std::string_view text) {
  for (const auto lifetime : {Lifetime::once, Lifetime::turn, Lifetime::session, Lifetime::until}) {
    if (to_string(lifetime) == text) return lifetime;
  }
  return Error{Code::invalid_request, "A grant lasts once, turn, session or until.", ""};
}

wire::Value to_value(const ConsentToken& token) {
  Value::Object object{
      {"id", token.id},
      {"challenge", token.challenge.text()},
      {"session", token.session.text()},
      {"actor", token.actor.text()},
      {"scope", token.scope},
      {"connection", token.connection.text()},
      {"digest", digest_value(token.digest)},
      {"lifetime", to_string(token.lifetime)},
      {"issued", time_value(token.issued)},
      {"expires", time_value(token.expires)},
  };
  if (token.until) object.emplace("until", time_value(*token.until));
  if (token.assertion) object.emplace("assertion", *token.assertion);
  if (token.limits) object.emplace("limits", to_value(*token.limits));
  if (token.within) object.emplace("within", *token.within);
  return object;
}

base::Result<ConsentToken> consent_from(const wire::Value& value) {
  wire::Fields fields(value, "the consent token");
  auto id = fields.string("id", 64);
  if (!base::is_id_text(id)) fields.fail("id", "is not an id");
  const auto challenge = fields.id<ChallengeId>("challenge");
  const auto session = fields.id<SessionId>("session");
  const auto actor = fields.id<UserId>("actor");
  auto scope = scope_member(fields);
  const auto connection = fields.id<ConnectionId>("connection");
  const auto digest = digest_member(fields, "digest");
  const auto lifetime = lifetime_from(fields.string("lifetime", 16));
  if (!lifetime.ok()) fields.fail("lifetime", "is not once, turn, session or until");
  const auto until = optional_time_member(fields, "until");
  if (lifetime.ok() && until.has_value() != (*lifetime == Lifetime::until)) {
    fields.fail("until", "stands exactly with the lifetime until");
  }
  const auto issued = time_member(fields, "issued");
  const auto expires = time_member(fields, "expires");
  auto assertion = fields.optional_string("assertion", max_assertion_text);
  const auto limits_value = fields.optional_any("limits");
  if (limits_value && lifetime.ok() && *lifetime == Lifetime::once) {
    fields.fail("limits", "do not stand with the lifetime once");
  }
  auto within = fields.optional_string("within", max_part_bytes);
  X1_TRY(done, fields.finish());
  std::optional<Limits> limits;
  if (limits_value) {
    X1_TRY(read, limits_from(*limits_value));
    limits = read;
  }
  return ConsentToken{std::move(id), *challenge,       *session, *actor, std::move(scope), *connection,
                      digest,        *lifetime,        until,    issued, expires,          std::move(assertion),
                      limits,        std::move(within)};
}

std::string sign(const TurnCertificate& certificate, const crypto::SigningKey& key) {
  return wire::sign_jws(TokenType::turn, payload(certificate), key);
}
std::string sign(const ConsentToken& token, const crypto::SigningKey& key) {
  return wire::sign_jws(TokenType::consent, to_value(token), key);
}
std::string sign(const Ticket& ticket, const crypto::SigningKey& key) {
  return wire::sign_jws(TokenType::ticket, payload(ticket), key);
}
std::string sign(const ReleaseRequest& request, const crypto::SigningKey& key) {
  return wire::sign_jws(TokenType::release, payload(request), key);
}
std::string sign(const Receipt& receipt, const crypto::SigningKey& key) {
  return wire::sign_jws(TokenType::receipt, payload(receipt), key);
}

base::Result<TurnCertificate> verify_turn(std::string_view token, Keys keys, TimePoint now) {
  X1_TRY(value, wire::verify_jws(TokenType::turn, token, keys, max_token_bytes));
  wire::Fields fields(value, "the turn certificate");
  const auto session = fields.id<SessionId>("session");
  const auto turn = turn_member(fields, "turn");
  const auto actor = fields.id<UserId>("actor");
  const auto message = digest_member(fields, "message");
  const auto connections = digest_member(fields, "connections");
  const auto boot_key = crypto::public_key_from_text(fields.string("boot_key", 43));
  if (!boot_key.ok()) fields.fail("boot_key", "is not a public key");
  const auto issued = time_member(fields, "issued");
  const auto expires = time_member(fields, "expires");
  if (auto done = fields.finish(); !done.ok()) return malformed(done.error());
  X1_TRY(times, check_times(issued, expires, max_turn_life, now));
  return TurnCertificate{*session, turn, *actor, message, connections, *boot_key, issued, expires};
}

base::Status check_times(const TurnCertificate& certificate, TimePoint now) {
  return check_times(certificate.issued, certificate.expires, max_turn_life, now);
}

base::Result<ConsentToken> verify_consent(std::string_view token, Keys keys, TimePoint now) {
  X1_TRY(value, wire::verify_jws(TokenType::consent, token, keys, max_token_bytes));
  auto consent = consent_from(value);
  if (!consent.ok()) return malformed(consent.error());
  auto times = check_times(consent->issued, consent->expires, max_consent_life, now);
  if (!times.ok()) return std::move(times).error();
  return consent;
}

base::Result<Ticket> verify_ticket(std::string_view token, Keys keys, TimePoint now) {
  X1_TRY(value, wire::verify_jws(TokenType::ticket, token, keys, max_token_bytes));
  wire::Fields fields(value, "the ticket");
  const auto call = fields.id<base::CallId>("call");
  const auto session = fields.id<SessionId>("session");
  const auto turn = turn_member(fields, "turn");
  const auto actor = fields.id<UserId>("actor");
  auto tool = fields.string("tool", 64);
  auto scope = scope_member(fields);
  const auto connection = fields.id<ConnectionId>("connection");
  const auto mode = fields.string("mode", 4);
  if (mode != "plan" && mode != "run") fields.fail("mode", "is neither plan nor run");
  const auto expires = time_member(fields, "expires");
  if (auto done = fields.finish(); !done.ok()) return malformed(done.error());
  // One process makes and checks tickets: its clock needs no allowance.
  if (now >= expires) return past_its_time();
  if (expires - now > max_ticket_life) return lives_too_long();
  return Ticket{*call,           *session,         turn,        *actor,
                std::move(tool), std::move(scope), *connection, mode == "run" ? TicketMode::run : TicketMode::plan,
                expires};
}

base::Result<ReleaseRequest> verify_release(std::string_view token, Keys keys, TimePoint now) {
  X1_TRY(value, wire::verify_jws(TokenType::release, token, keys, max_token_bytes));
  wire::Fields fields(value, "the release request");
  const auto call = fields.id<base::CallId>("call");
  const auto session = fields.id<SessionId>("session");
  const auto turn = turn_member(fields, "turn");
  const auto connection = fields.id<ConnectionId>("connection");
  auto scope = scope_member(fields);
  const auto request = digest_member(fields, "request");
  const auto issued = time_member(fields, "issued");
  if (auto done = fields.finish(); !done.ok()) return malformed(done.error());
  X1_TRY(present, not_from_the_future(issued, now));
  if (now - issued > max_release_age) return past_its_time();
  return ReleaseRequest{*call, *session, turn, *connection, std::move(scope), request, issued};
}

base::Result<Receipt> verify_receipt(std::string_view token, Keys keys) {
  X1_TRY(value, wire::verify_jws(TokenType::receipt, token, keys, max_token_bytes));
  wire::Fields fields(value, "the receipt");
  const auto session = fields.id<SessionId>("session");
  auto kind = fields.string("kind", 8);
  if (kind != "event" && kind != "audit") fields.fail("kind", "is neither event nor audit");
  const auto seq = fields.integer("seq", 0, max_safe_integer);
  const auto head = digest_member(fields, "head");
  const auto issued = time_member(fields, "issued");
  const auto* refused_member = value.find("refused");
  if (refused_member != nullptr) static_cast<void>(fields.any("refused"));
  if (auto done = fields.finish(); !done.ok()) return malformed(done.error());
  X1_TRY(refused, refusals_from(refused_member == nullptr ? Value() : *refused_member));
  return Receipt{*session, std::move(kind), static_cast<std::uint64_t>(seq), head, issued, std::move(refused)};
}

}  // namespace x1::policy
