#include "policy/members.hpp"
#include "policy/tokens.hpp"
#include "wire/jws.hpp"

namespace x1::policy {
namespace {

using wire::Value;

// The person's words, JSON and base64 around them included.
constexpr std::size_t max_text_bytes = 64 * 1024;
constexpr std::size_t max_control_bytes = 512 * 1024;

Value::Object action_members(const DenyChallenge& action) {
  Value::Object members{{"action", "deny"}, {"challenge", action.challenge.text()}};
  if (action.for_session) members.emplace("for_session", true);
  if (action.instead) members.emplace("use_connection", action.instead->text());
  return members;
}
Value::Object action_members(const LiftDenial& action) {
  return {{"action", "lift"}, {"challenge", action.challenge.text()}};
}
Value::Object action_members(const RevokeGrants& action) {
  Value::Object members{{"action", "revoke"}};
  if (action.grant) members.emplace("grant", action.grant->text());
  if (action.scope) members.emplace("scope", *action.scope);
  if (action.actor) members.emplace("user", action.actor->text());
  return members;
}
Value::Object action_members(const CancelTurn& action) {
  return {{"action", "cancel_turn"}, {"turn", turn_value(action.turn)}};
}
Value::Object action_members(const FinishTurn& action) {
  return {{"action", "finish_turn"},
          {"turn", turn_value(action.turn)},
          {"outcome", action.failed ? "failed" : "completed"}};
}
Value::Object action_members(const EndSession&) { return {{"action", "end_session"}}; }
Value::Object action_members(const AnswerQuestion& action) {
  return {{"action", "answer"}, {"question", action.question}, {"text", action.text}};
}

std::optional<RevokeGrants> revocation_from(wire::Fields& fields) {
  RevokeGrants revoke;
  if (const auto text = fields.optional_string("grant", 64)) {
    auto grant = base::GrantId::parse(*text);
    if (!grant.ok()) {
      fields.fail("grant", "is not an id");
      return std::nullopt;
    }
    revoke.grant = std::move(grant).value();
  }
  revoke.scope = fields.optional_string("scope", 64);
  if (const auto text = fields.optional_string("user", 64)) {
    auto user = UserId::parse(*text);
    if (!user.ok()) {
      fields.fail("user", "is not an id");
      return std::nullopt;
    }
    revoke.actor = std::move(user).value();
  }
  if (revoke.grant && revoke.scope) fields.fail("scope", "does not stand beside a grant");
  if (revoke.grant && revoke.actor) fields.fail("user", "does not stand beside a grant");
  return revoke;
}

std::optional<ControlAction> action_from(wire::Fields& fields) {
  const auto action = fields.string("action", 16);
  if (action == "deny") {
    const auto challenge = fields.id<ChallengeId>("challenge");
    const auto for_session = fields.optional_boolean("for_session");
    // None is written as no member, so that there is one text for it.
    if (for_session && !*for_session) fields.fail("for_session", "is true or left out");
    auto instead = optional_id_member<ConnectionId>(fields, "use_connection");
    if (instead && for_session) fields.fail("use_connection", "does not stand beside 'for_session'");
    if (challenge) return DenyChallenge{*challenge, for_session.value_or(false), std::move(instead)};
  } else if (action == "lift") {
    const auto challenge = fields.id<ChallengeId>("challenge");
    if (challenge) return LiftDenial{*challenge};
  } else if (action == "revoke") {
    auto revoke = revocation_from(fields);
    if (revoke) return std::move(*revoke);
  } else if (action == "cancel_turn") {
    return CancelTurn{turn_member(fields, "turn")};
  } else if (action == "finish_turn") {
    const auto turn = turn_member(fields, "turn");
    const auto outcome = fields.string("outcome", 16);
    if (outcome != "completed" && outcome != "failed") fields.fail("outcome", "is neither completed nor failed");
    return FinishTurn{turn, outcome == "failed"};
  } else if (action == "end_session") {
    return EndSession{};
  } else if (action == "answer") {
    auto question = fields.string("question", 64);
    auto text = fields.string("text", max_text_bytes);
    return AnswerQuestion{std::move(question), std::move(text)};
  } else {
    fields.fail("action", "is none that there is");
  }
  return std::nullopt;
}

bool only_takes_away(const ControlAction& action) {
  return !std::holds_alternative<AnswerQuestion>(action) && !std::holds_alternative<LiftDenial>(action);
}

}  // namespace

std::string sign(const Control& control, const crypto::SigningKey& key) {
  auto object = std::visit([](const auto& action) { return action_members(action); }, control.action);
  object.emplace("id", control.id);
  object.emplace("session", control.session.text());
  object.emplace("actor", control.actor.text());
  object.emplace("issued", time_value(control.issued));
  return wire::sign_jws(wire::TokenType::control, std::move(object), key);
}

base::Result<Control> verify_control(std::string_view token, Keys keys, TimePoint now) {
  X1_TRY(value, wire::verify_jws(wire::TokenType::control, token, keys, max_control_bytes));
  wire::Fields fields(value, "the control");
  auto id = fields.string("id", 64);
  if (!base::is_id_text(id)) fields.fail("id", "is not an id");
  const auto session = fields.id<SessionId>("session");
  const auto actor = fields.id<UserId>("actor");
  const auto issued = time_member(fields, "issued");
  auto action = action_from(fields);
  if (auto done = fields.finish(); !done.ok()) {
    return base::Error{base::Code::invalid_token, done.error().message, done.error().next};
  }
  if (!only_takes_away(*action) && issued > now + max_clock_skew) {
    return base::Error{base::Code::clock_skew, "The control comes from the future.", "Check the clocks."};
  }
  return Control{std::move(id), *session, *actor, std::move(*action), issued};
}

}  // namespace x1::policy
