#include "policy/key_set.hpp"

#include <algorithm>

#include "policy/members.hpp"

namespace x1::policy {
namespace {

using base::Code;
using base::Error;
using wire::TokenType;
using wire::Value;

Error not_believed() {
  return {Code::invalid_token, "The token is of another kind, or signed with a key that is not believed.", ""};
}

base::Status signed_before(const ApiKey& key, TimePoint issued) {
  if (!key.retired || issued <= *key.retired) return base::Done{};
  return Error{Code::invalid_token, "The token is signed with a key that was retired before.", ""};
}

template <class Verify>
auto arrived(TokenType type, std::string_view token, const KeySet& keys, TimePoint now, Verify verify)
    -> decltype(verify(Keys{})) {
  const auto* key = keys.signer(type, token);
  if (key == nullptr) return not_believed();
  if (key->retired && now > *key->retired + max_way_after_retirement) return not_believed();
  auto read = verify(Keys{&key->key, 1});
  if (!read.ok()) return read;
  if (auto before = signed_before(*key, read->issued); !before.ok()) return std::move(before).error();
  return read;
}

base::Result<ApiKey> key_from(const Value& value) {
  wire::Fields fields(value, "a key of the API");
  const auto key = crypto::public_key_from_text(fields.string("key", 43));
  if (!key.ok()) fields.fail("key", "is not a public key");
  const auto made = time_member(fields, "made");
  const auto retired = optional_time_member(fields, "retired");
  const auto revoked = fields.optional_boolean("revoked").value_or(false);
  if (revoked && !retired) fields.fail("revoked", "stands only beside the time of retirement");
  X1_TRY(done, fields.finish());
  return ApiKey{*key, made, retired, revoked};
}

bool holds(const KeySet& set, const crypto::PublicKey& key) {
  return std::ranges::find(set.keys, key, &ApiKey::key) != set.keys.end();
}

std::ptrdiff_t count_unretired(const KeySet& set) {
  return std::ranges::count_if(set.keys, [](const ApiKey& each) { return !each.retired; });
}

bool believed_for_more(const ApiKey& now, const ApiKey& before) {
  if (before.revoked && !now.revoked) return true;
  return before.retired && (!now.retired || *now.retired > *before.retired);
}

}  // namespace

KeySet KeySet::of(const crypto::PublicKey& key, TimePoint made) { return {1, {ApiKey{key, made}}}; }

const ApiKey* KeySet::signer(wire::TokenType type, std::string_view token) const {
  const auto found = std::ranges::find_if(
      keys, [&](const ApiKey& each) { return !each.revoked && wire::names_key(type, token, each.key); });
  return found == keys.end() ? nullptr : &*found;
}

Value to_value(const KeySet& set) {
  Value::Array keys;
  for (const auto& each : set.keys) {
    Value::Object key{{"key", crypto::to_text(each.key)}, {"made", time_value(each.made)}};
    if (each.retired) key.emplace("retired", time_value(*each.retired));
    if (each.revoked) key.emplace("revoked", true);
    keys.emplace_back(std::move(key));
  }
  return Value::Object{{"number", static_cast<std::int64_t>(set.number)}, {"keys", std::move(keys)}};
}

base::Result<KeySet> key_set_from(const Value& value) {
  wire::Fields fields(value, "the API's keys");
  KeySet set;
  set.number = static_cast<std::uint64_t>(fields.integer("number", 1, max_safe_integer));
  const auto keys = fields.any("keys");
  if (keys.array() == nullptr || keys.array()->empty() || keys.array()->size() > max_api_keys) {
    fields.fail("keys", "is not a list of 1 to 256");
  }
  X1_TRY(done, fields.finish());
  for (const auto& each : *keys.array()) {
    X1_TRY(key, key_from(each));
    if (holds(set, key.key)) return Error{Code::invalid_request, "A key of the API stands there twice.", ""};
    set.keys.push_back(key);
  }
  return set;
}

base::Result<KeySet> with_next(const KeySet& set, const crypto::PublicKey& key, TimePoint now) {
  if (count_unretired(set) != 1 || holds(set, key)) {
    return Error{Code::conflict, "One key is following another just now.", "Try again in a moment."};
  }
  if (set.keys.size() >= max_api_keys) {
    return Error{Code::too_many, "The API has had 256 keys, and more are not kept.", ""};
  }
  auto next = set;
  ++next.number;
  next.keys.push_back({key, now});
  return next;
}

KeySet with_retired(const KeySet& set, TimePoint now, bool revoke) {
  auto next = set;
  ++next.number;
  for (auto& each : std::span(next.keys).first(next.keys.size() - 1)) {
    if (!each.retired) each.retired = now;
    each.revoked = each.revoked || revoke;
  }
  return next;
}

base::Result<KeySet> settled(const KeySet& set, const crypto::PublicKey& current, TimePoint now) {
  if (set.keys.back().key == current) return count_unretired(set) == 1 ? set : with_retired(set, now, false);
  auto before = set;
  before.keys.pop_back();
  if (before.keys.empty() || before.keys.back().key != current || before.keys.back().retired) {
    return Error{Code::storage_failed, "The API's signing key is none that keys/api.json names.",
                 "Restore api/ and keys/ from one backup."};
  }
  ++before.number;
  return before;
}

KeySet for_session(const KeySet& set, TimePoint began) {
  auto few = set;
  std::erase_if(few.keys, [&](const ApiKey& each) { return each.retired && *each.retired <= began; });
  return few;
}

KeySet for_records(const KeySet& set) {
  auto before = set;
  for (auto& each : before.keys)
    each.revoked = false;
  return before;
}

base::Status may_follow(const KeySet& held, const KeySet& next) {
  if (next.number <= held.number) return Error{Code::conflict, "This set of the API's keys is an old one.", ""};
  for (const auto& each : next.keys) {
    const auto before = std::ranges::find(held.keys, each.key, &ApiKey::key);
    if (before != held.keys.end() && believed_for_more(each, *before)) {
      return Error{Code::conflict, "A key of the API that was retired does not come back.", ""};
    }
  }
  return base::Done{};
}

base::Result<TurnCertificate> verify_turn(std::string_view token, const KeySet& keys, TimePoint now) {
  return arrived(TokenType::turn, token, keys, now, [&](Keys by) { return verify_turn(token, by, now); });
}
base::Result<ConsentToken> verify_consent(std::string_view token, const KeySet& keys, TimePoint now) {
  return arrived(TokenType::consent, token, keys, now, [&](Keys by) { return verify_consent(token, by, now); });
}
base::Result<Receipt> verify_receipt(std::string_view token, const KeySet& keys, TimePoint now) {
  return arrived(TokenType::receipt, token, keys, now, [&](Keys by) { return verify_receipt(token, by); });
}
base::Result<Control> verify_control(std::string_view token, const KeySet& keys, TimePoint now) {
  return arrived(TokenType::control, token, keys, now, [&](Keys by) { return verify_control(token, by, now); });
}

base::Status still_holds(const ApiKey& key, TimePoint issued, TimePoint since) {
  if (key.retired && *key.retired <= since) return not_believed();
  return signed_before(key, issued);
}

}  // namespace x1::policy
