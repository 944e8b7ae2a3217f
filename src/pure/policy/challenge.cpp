#include "policy/challenge.hpp"

#include "policy/members.hpp"
#include "wire/json.hpp"
#include "wire/jws.hpp"

namespace x1::policy {

using base::Code;
using base::Error;

namespace {

constexpr std::size_t max_token_bytes = 4096;

// None is written as no member, so that there is one text for it.
Assurance assurance_member(wire::Fields& fields) {
  const auto text = fields.optional_string("assurance", 16);
  if (!text) return Assurance::none;
  const auto assurance = assurance_from(*text);
  if (assurance.ok() && *assurance != Assurance::none) return *assurance;
  fields.fail("assurance", "is neither terminal nor passkey");
  return Assurance::passkey;
}

wire::Value signed_value(const Challenge& challenge) {
  return wire::Value::Object{{"challenge", challenge.id.text()},
                             {"session", challenge.session.text()},
                             {"digest", digest_value(crypto::sha256(wire::canonical_json(to_value(challenge))))}};
}

}  // namespace

wire::Value to_value(const Challenge& challenge) {
  wire::Value::Object object{
      {"id", challenge.id.text()},
      {"session", challenge.session.text()},
      {"turn", turn_value(challenge.turn)},
      {"request", to_value(challenge.request)},
      {"digest", digest_value(challenge.digest)},
      {"issued", time_value(challenge.issued)},
      {"expires", time_value(challenge.expires)},
  };
  if (challenge.assurance != Assurance::none) object.emplace("assurance", to_string(challenge.assurance));
  return object;
}

base::Result<Challenge> challenge_from(const wire::Value& value) {
  wire::Fields fields(value, "the challenge");
  const auto id = fields.id<ChallengeId>("id");
  const auto session = fields.id<SessionId>("session");
  const auto turn = turn_member(fields, "turn");
  const auto request_value = fields.any("request");
  const auto digest = digest_member(fields, "digest");
  const auto issued = time_member(fields, "issued");
  const auto expires = time_member(fields, "expires");
  const auto assurance = assurance_member(fields);
  X1_TRY(done, fields.finish());
  X1_TRY(request, wire::canonical_request_from(request_value));
  if (wire::digest_of(request) != digest) {
    return Error{Code::invalid_request, "The challenge's digest is not that of its request.", ""};
  }
  if (request.session != *session) {
    return Error{Code::invalid_request, "The challenge's request belongs to another session.", ""};
  }
  if (expires <= issued) return Error{Code::invalid_request, "The challenge expires before it was issued.", ""};
  return Challenge{*id, *session, turn, std::move(request), digest, issued, expires, assurance};
}

std::string sign(const Challenge& challenge, const crypto::SigningKey& key) {
  return wire::sign_jws(wire::TokenType::challenge, signed_value(challenge), key);
}

base::Status verify_challenge(std::string_view token, Keys keys, const Challenge& challenge) {
  X1_TRY(value, wire::verify_jws(wire::TokenType::challenge, token, keys, max_token_bytes));
  if (value == signed_value(challenge)) return base::Done{};
  return Error{Code::invalid_token, "The question is not the one that the sidecar signed.", ""};
}

step::RedeemChallenge redemption(const ConsentToken& token, const Challenge& challenge, TimePoint now) {
  const auto& request = challenge.request;
  return {
      .token_unused = false,
      .in_time = now < challenge.expires,
      .same_challenge = token.challenge == challenge.id,
      .same_session = token.session == challenge.session && token.session == request.session,
      .same_actor = token.actor == request.actor,
      .same_scope = token.scope == request.scope,
      .same_connection = token.connection == request.connection,
      .same_request = token.digest == challenge.digest,
      .end_fits = token.until.has_value() == (token.lifetime == Lifetime::until),
      .limits_fit = !token.limits || (token.lifetime != Lifetime::once && is_limits(*token.limits)),
      .token_in_time = now < token.expires + max_clock_skew && (!token.until || now < *token.until),
      .assertion_verified = false,
  };
}

base::Status answers(const ConsentToken& token, const Challenge& challenge, TimePoint now) {
  auto step = redemption(token, challenge, now);
  step.token_unused = true;
  step.assertion_verified = true;
  if (const auto* unmet = step.unmet()) return unmet->error();
  return base::Done{};
}

}  // namespace x1::policy
