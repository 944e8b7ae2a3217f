#include "policy/ledger.hpp"
#include "policy/members.hpp"

namespace x1::policy {
namespace {

using wire::Value;

constexpr std::size_t max_fact_text_bytes = 8192;
constexpr std::size_t max_grants_in_one_revocation = 10'000;

base::Result<LedgerFact> asked_from(wire::Fields& fields) {
  const auto challenge_value = fields.any("challenge");
  X1_TRY(done, fields.finish());
  X1_TRY(challenge, challenge_from(challenge_value));
  return LedgerFact(Asked{std::move(challenge)});
}

base::Result<LedgerFact> redeemed_from(wire::Fields& fields) {
  const auto token_value = fields.any("token");
  auto text = fields.string("text", max_fact_text_bytes);
  const auto grant = fields.id<base::GrantId>("grant");
  const auto at = time_member(fields, "at");
  const auto passkey_value = fields.optional_any("passkey");
  X1_TRY(done, fields.finish());
  X1_TRY(token, consent_from(token_value));
  Redeemed redeemed{std::move(token), std::move(text), *grant, at};
  if (passkey_value) {
    X1_TRY(passkey, passkey_from(*passkey_value));
    redeemed.passkey = std::move(passkey);
  }
  return LedgerFact(std::move(redeemed));
}

base::Result<LedgerFact> denied_from(wire::Fields& fields) {
  const auto challenge = fields.id<ChallengeId>("challenge");
  const auto at = time_member(fields, "at");
  auto instead = optional_id_member<ConnectionId>(fields, "use_connection");
  X1_TRY(done, fields.finish());
  return LedgerFact(Denied{*challenge, at, std::move(instead)});
}

base::Result<LedgerFact> withdrawn_from(wire::Fields& fields) {
  const auto challenge = fields.id<ChallengeId>("challenge");
  const auto at = time_member(fields, "at");
  X1_TRY(done, fields.finish());
  return LedgerFact(Withdrawn{*challenge, at});
}

base::Result<LedgerFact> spent_from(wire::Fields& fields) {
  const auto grant = fields.id<base::GrantId>("grant");
  X1_TRY(done, fields.finish());
  return LedgerFact(Spent{*grant});
}

base::Result<LedgerFact> used_from(wire::Fields& fields) {
  const auto grant = fields.id<base::GrantId>("grant");
  const auto calls = fields.integer("calls", 0, max_safe_integer);
  const auto bytes = fields.integer("bytes", 0, max_safe_integer);
  X1_TRY(done, fields.finish());
  return LedgerFact(Used{*grant, {static_cast<std::uint64_t>(calls), static_cast<std::uint64_t>(bytes)}});
}

base::Result<LedgerFact> returned_from(wire::Fields& fields) {
  const auto grant = fields.id<base::GrantId>("grant");
  const auto bytes = fields.integer("bytes", 0, max_safe_integer);
  X1_TRY(done, fields.finish());
  return LedgerFact(Returned{*grant, static_cast<std::uint64_t>(bytes)});
}

template <class Fact>
base::Result<LedgerFact> about_challenge_from(wire::Fields& fields) {
  const auto challenge = fields.id<ChallengeId>("challenge");
  X1_TRY(done, fields.finish());
  return LedgerFact(Fact{*challenge});
}

base::Result<LedgerFact> revoked_from(wire::Fields& fields) {
  const auto list = fields.any("grants");
  Revoked revoked;
  const auto* items = list.array();
  if (items == nullptr || items->size() > max_grants_in_one_revocation) {
    fields.fail("grants", "is not a list of at most 10,000 grants");
  } else {
    for (const Value& item : *items) {
      auto id = base::GrantId::parse(item.string() == nullptr ? std::string_view() : *item.string());
      if (id.ok()) {
        revoked.grants.push_back(std::move(id).value());
      } else {
        fields.fail("grants", "holds something that is not an id");
      }
    }
  }
  X1_TRY(done, fields.finish());
  return LedgerFact(std::move(revoked));
}

base::Result<LedgerFact> entered_from(wire::Fields& fields) {
  const auto source_value = fields.any("source");
  const auto at = time_member(fields, "at");
  auto call = optional_id_member<base::CallId>(fields, "call");
  X1_TRY(done, fields.finish());
  X1_TRY(source, source_from(source_value));
  return LedgerFact(Entered{std::move(source), at, std::move(call)});
}

Value fact_value(const Asked& fact) {
  return Value::Object{{"fact", "asked"}, {"challenge", to_value(fact.challenge)}};
}
Value fact_value(const Redeemed& fact) {
  Value::Object object{{"fact", "redeemed"},
                       {"token", to_value(fact.token)},
                       {"text", fact.text},
                       {"grant", fact.grant.text()},
                       {"at", time_value(fact.at)}};
  if (fact.passkey) object.emplace("passkey", to_value(*fact.passkey));
  return object;
}
Value fact_value(const Denied& fact) {
  Value::Object object{{"fact", "denied"}, {"challenge", fact.challenge.text()}, {"at", time_value(fact.at)}};
  if (fact.instead) object.emplace("use_connection", fact.instead->text());
  return object;
}
Value fact_value(const Withdrawn& fact) {
  return Value::Object{{"fact", "withdrawn"}, {"challenge", fact.challenge.text()}, {"at", time_value(fact.at)}};
}
Value fact_value(const Spent& fact) { return Value::Object{{"fact", "spent"}, {"grant", fact.grant.text()}}; }
Value fact_value(const Used& fact) {
  return Value::Object{{"fact", "used"},
                       {"grant", fact.grant.text()},
                       {"calls", static_cast<std::int64_t>(fact.more.calls)},
                       {"bytes", static_cast<std::int64_t>(fact.more.bytes)}};
}
Value fact_value(const Returned& fact) {
  return Value::Object{
      {"fact", "returned"}, {"grant", fact.grant.text()}, {"bytes", static_cast<std::int64_t>(fact.bytes)}};
}
Value fact_value(const Barred& fact) { return Value::Object{{"fact", "barred"}, {"challenge", fact.challenge.text()}}; }
Value fact_value(const Lifted& fact) { return Value::Object{{"fact", "lifted"}, {"challenge", fact.challenge.text()}}; }
Value fact_value(const Revoked& fact) {
  Value::Array grants;
  for (const auto& id : fact.grants)
    grants.emplace_back(id.text());
  return Value::Object{{"fact", "revoked"}, {"grants", std::move(grants)}};
}

Value fact_value(const Entered& fact) {
  Value::Object object{{"fact", "entered"}, {"source", to_value(fact.source)}, {"at", time_value(fact.at)}};
  if (fact.call) object.emplace("call", fact.call->text());
  return object;
}

}  // namespace

Value to_value(const LedgerFact& fact) {
  return std::visit([](const auto& each) { return fact_value(each); }, fact);
}

base::Result<LedgerFact> ledger_fact_from(const Value& value) {
  wire::Fields fields(value, "the ledger fact");
  const auto kind = fields.string("fact", 16);
  if (kind == "asked") return asked_from(fields);
  if (kind == "redeemed") return redeemed_from(fields);
  if (kind == "denied") return denied_from(fields);
  if (kind == "withdrawn") return withdrawn_from(fields);
  if (kind == "spent") return spent_from(fields);
  if (kind == "used") return used_from(fields);
  if (kind == "returned") return returned_from(fields);
  if (kind == "revoked") return revoked_from(fields);
  if (kind == "barred") return about_challenge_from<Barred>(fields);
  if (kind == "lifted") return about_challenge_from<Lifted>(fields);
  if (kind == "entered") return entered_from(fields);
  return base::Error{base::Code::invalid_request, "The ledger fact is of an unknown kind.", ""};
}

}  // namespace x1::policy
