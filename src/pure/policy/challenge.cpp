#include "policy/challenge.hpp"

#include <algorithm>

#include "policy/manifest.hpp"
#include "policy/members.hpp"
#include "wire/json.hpp"
#include "wire/jws.hpp"

namespace x1::policy {

using base::Code;
using base::Error;

namespace {

constexpr std::size_t max_challenge_bytes = 4096;
constexpr std::size_t max_url_bytes = 2048;

// None is written as no member, so that there is one text for it.
Assurance assurance_member(wire::Fields& fields) {
  const auto text = fields.optional_string("assurance", 16);
  if (!text) return Assurance::none;
  const auto assurance = assurance_from(*text);
  if (assurance.ok() && *assurance != Assurance::none) return *assurance;
  fields.fail("assurance", "is neither terminal nor passkey");
  return Assurance::passkey;
}

// Of a list that is not empty; an empty one is written as no member.
base::Result<Choices> choices_from(const std::optional<wire::Value>& accounts,
                                   const std::optional<wire::Value>& parts) {
  const Error malformed{Code::invalid_request, "The challenge's choices are malformed.", ""};
  Choices choices;
  if (accounts) {
    const auto* list = accounts->array();
    if (list == nullptr || list->empty() || list->size() > Choices::most_accounts) return malformed;
    for (const auto& item : *list) {
      wire::Fields fields(item, "an account");
      auto id = fields.id<ConnectionId>("id");
      auto url = fields.string("url", max_url_bytes);
      X1_TRY(done, fields.finish());
      choices.accounts.push_back({std::move(*id), std::move(url)});
    }
  }
  if (parts) {
    const auto* list = parts->array();
    if (list == nullptr || list->empty() || list->size() > Choices::most_parts) return malformed;
    for (const auto& item : *list) {
      if (item.string() == nullptr) return malformed;
      choices.parts.push_back(*item.string());
    }
  }
  return choices;
}

// What the members say of one another.
base::Status check(const Challenge& challenge) {
  if (wire::digest_of(challenge.request) != challenge.digest) {
    return Error{Code::invalid_request, "The challenge's digest is not that of its request.", ""};
  }
  if (challenge.request.session != challenge.session) {
    return Error{Code::invalid_request, "The challenge's request belongs to another session.", ""};
  }
  if (challenge.expires <= challenge.issued) {
    return Error{Code::invalid_request, "The challenge expires before it was issued.", ""};
  }
  if (challenge.known && *challenge.known > challenge.sources.size()) {
    return Error{Code::invalid_request, "The challenge knows of more sources than it names.", ""};
  }
  const auto outside = [&](const std::string& part) { return !is_part(challenge.base_path, part); };
  if ((challenge.within && outside(*challenge.within)) || std::ranges::any_of(challenge.choices.parts, outside)) {
    return Error{Code::invalid_request, "The challenge names a part that is not of its account.", ""};
  }
  return base::Done{};
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
  if (!challenge.base_path.empty()) object.emplace("base_path", challenge.base_path);
  if (challenge.within) object.emplace("within", *challenge.within);
  if (!challenge.sources.empty()) object.emplace("sources", to_value(challenge.sources));
  if (challenge.known) object.emplace("known", static_cast<std::int64_t>(*challenge.known));
  const auto& [accounts, parts] = challenge.choices;
  if (!accounts.empty()) {
    wire::Value::Array list;
    for (const auto& account : accounts)
      list.emplace_back(wire::Value::Object{{"id", account.id.text()}, {"url", account.url}});
    object.emplace("accounts", std::move(list));
  }
  if (!parts.empty()) object.emplace("parts", wire::Value::Array(parts.begin(), parts.end()));
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
  auto base_path = fields.optional_string("base_path", max_url_bytes).value_or("");
  auto within = fields.optional_string("within", max_part_bytes);
  const auto sources_value = fields.optional_any("sources");
  const auto known = fields.optional_integer("known", 0, max_sources);
  const auto accounts = fields.optional_any("accounts");
  const auto parts = fields.optional_any("parts");
  X1_TRY(done, fields.finish());
  X1_TRY(request, wire::canonical_request_from(request_value));
  X1_TRY(choices, choices_from(accounts, parts));
  Challenge challenge{*id, *session, turn, std::move(request), digest, issued, expires, assurance};
  challenge.base_path = std::move(base_path);
  challenge.within = std::move(within);
  challenge.choices = std::move(choices);
  if (known) challenge.known = static_cast<std::size_t>(*known);
  if (sources_value) {
    X1_TRY(sources, sources_from(*sources_value));
    challenge.sources = std::move(sources);
  }
  X1_TRY(checked, check(challenge));
  return challenge;
}

std::string sign(const Challenge& challenge, const crypto::SigningKey& key) {
  return wire::sign_jws(wire::TokenType::challenge, signed_value(challenge), key);
}

base::Status verify_challenge(std::string_view token, Keys keys, const Challenge& challenge) {
  X1_TRY(value, wire::verify_jws(wire::TokenType::challenge, token, keys, max_challenge_bytes));
  if (value == signed_value(challenge)) return base::Done{};
  return Error{Code::invalid_token, "The question is not the one that the sidecar signed.", ""};
}

std::optional<std::string> granted_part(const ConsentToken& token, const Challenge& challenge) {
  return token.within ? token.within : challenge.within;
}

bool offers(const Challenge& challenge, const ConnectionId& account) noexcept {
  const auto& accounts = challenge.choices.accounts;
  return account != challenge.request.connection &&
         std::ranges::find(accounts, account, &Account::id) != accounts.end();
}

bool is_choosable(const ConsentToken& token, const Challenge& challenge) noexcept {
  if (!token.within) return true;
  if (token.lifetime == Lifetime::once || challenge.base_path.empty()) return false;
  return is_part(challenge.within ? *challenge.within : challenge.base_path, *token.within);
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
      .within_fits = is_choosable(token, challenge),
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
