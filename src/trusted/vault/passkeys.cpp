#include "vault/passkeys.hpp"

#include <algorithm>

#include "policy/members.hpp"
#include "wire/fields.hpp"

namespace x1::vault {
namespace {

using base::Code;
using base::Error;
using wire::Value;

template <class Pinned>
auto* find(Pinned& pinned, std::string_view id) {
  const auto found = std::ranges::find_if(pinned, [&](const auto& each) { return each.passkey.id == id; });
  return found == pinned.end() ? nullptr : std::to_address(found);
}

Error touch_needed() {
  return {Code::passkey_required, "A passkey is pinned already: it has to confirm any change.",
          "Confirm with the passkey that you enrolled first."};
}

bool counter_is_new(const PinnedPasskey& pinned, std::uint32_t counter) {
  if (crypto::counter_may_follow(pinned.counter, counter)) return true;
  const bool late = counter != 0 && pinned.counter - counter < max_late_touches;
  return late && std::ranges::find(pinned.recent, counter, &Touch::counter) == pinned.recent.end();
}

void note_touch(PinnedPasskey& pinned, const Touch& touch) {
  pinned.counter = std::max(pinned.counter, touch.counter);
  pinned.recent.push_back(touch);
  if (pinned.recent.size() <= max_late_touches) return;
  // The lowest counter is over soonest; without counters, the oldest.
  pinned.recent.erase(std::ranges::min_element(pinned.recent, {}, &Touch::counter));
}

struct Taken {
  PinnedPasskey* by = nullptr;
  std::uint32_t counter = 0;
};

// Notes the touch with the passkey that made the assertion, if it is pinned and the assertion holds.
base::Result<Taken> take_assertion(Passkeys& passkeys, std::string_view text, const crypto::Digest& statement) {
  X1_TRY(assertion, policy::assertion_from(text));
  auto* pinned = find(passkeys.pinned, assertion.key);
  if (pinned == nullptr) {
    return Error{Code::passkey_required, "No such passkey is pinned for this person.", "Run `x1 passkey list`."};
  }
  X1_TRY(counter, policy::verify_assertion(text, pinned->passkey, statement));
  const auto digest = crypto::sha256(text);
  if (std::ranges::find(pinned->recent, digest, &Touch::assertion) != pinned->recent.end()) {
    return Taken{pinned, counter};
  }
  if (!counter_is_new(*pinned, counter)) {
    return Error{Code::invalid_token, "The passkey's counter went back: this is a copy of it, or an old answer.", ""};
  }
  note_touch(*pinned, {counter, digest});
  return Taken{pinned, counter};
}

base::Result<std::vector<Touch>> touches_from(const Value& value) {
  if (value.array() == nullptr || value.array()->size() > max_late_touches) {
    return Error{Code::invalid_request, "The last touches of a passkey are not a list of at most eight.", ""};
  }
  std::vector<Touch> touches;
  for (const auto& item : *value.array()) {
    wire::Fields fields(item, "a touch");
    const auto counter = fields.integer("counter", 0, UINT32_MAX);
    const auto assertion = policy::digest_member(fields, "assertion");
    X1_TRY(done, fields.finish());
    touches.push_back({static_cast<std::uint32_t>(counter), assertion});
  }
  return touches;
}

Value touches_value(const std::vector<Touch>& touches) {
  Value::Array items;
  for (const auto& [counter, assertion] : touches) {
    items.emplace_back(
        Value::Object{{"counter", static_cast<std::int64_t>(counter)}, {"assertion", policy::digest_value(assertion)}});
  }
  return items;
}

base::Result<PinnedPasskey> pinned_from(const Value& value) {
  wire::Fields fields(value, "the pinned passkey");
  const auto passkey_value = fields.any("passkey");
  const auto added = policy::time_member(fields, "added");
  const auto counter = fields.integer("counter", 0, UINT32_MAX);
  const auto recent_value = fields.any("recent");
  X1_TRY(done, fields.finish());
  X1_TRY(passkey, policy::passkey_from(passkey_value));
  X1_TRY(recent, touches_from(recent_value));
  return PinnedPasskey{std::move(passkey), added, static_cast<std::uint32_t>(counter), std::move(recent)};
}

bool is_of_terminal(const policy::Passkey& passkey) { return passkey.party == policy::terminal_party(); }

// A page in a browser can have a touch given to something else than it shows; `x1` shows what it signs. So no key of a
// browser says which keys the terminal has, nor any other key beside one of the terminal.
base::Status may_change(const Passkeys& now, const policy::Passkey& changed, const policy::Passkey& by) {
  const bool by_terminal_only =
      is_of_terminal(changed) ||
      std::ranges::any_of(now.pinned, [](const PinnedPasskey& each) { return is_of_terminal(each.passkey); });
  if (!by_terminal_only || is_of_terminal(by)) return base::Done{};
  return Error{Code::passkey_required, "Only a passkey of x1 can confirm this change.", "Use `x1 passkey`."};
}

}  // namespace

base::Result<Passkeys> with_added(const Passkeys& now, const policy::Passkey& passkey, std::string_view assertion,
                                  base::TimePoint at) {
  auto changed = now;
  if (find(changed.pinned, passkey.id) != nullptr) {
    return Error{Code::conflict, "This passkey is pinned already.", ""};
  }
  if (changed.pinned.size() >= policy::max_passkeys) {
    return Error{Code::too_many, "A person has at most 8 passkeys.", "Take one away first."};
  }
  if (!changed.pinned.empty()) {
    if (assertion.empty()) return touch_needed();
    const auto statement = policy::change_statement(policy::PasskeyChange::add, passkey, now.revision);
    X1_TRY(taken, take_assertion(changed, assertion, statement));
    X1_TRY(allowed, may_change(now, passkey, taken.by->passkey));
  }
  changed.pinned.push_back({passkey, at});
  ++changed.revision;
  return changed;
}

base::Result<Passkeys> with_removed(const Passkeys& now, const policy::Passkey& passkey, std::string_view assertion) {
  auto changed = now;
  const auto* pinned = find(changed.pinned, passkey.id);
  if (pinned == nullptr || pinned->passkey != passkey) return Error{Code::not_found, "No such passkey is pinned.", ""};
  if (assertion.empty()) return touch_needed();
  if (changed.pinned.size() == 1) {
    return Error{Code::conflict, "The last passkey can't be taken away.", "Add another one first."};
  }
  const auto statement = policy::change_statement(policy::PasskeyChange::remove, passkey, now.revision);
  X1_TRY(taken, take_assertion(changed, assertion, statement));
  X1_TRY(allowed, may_change(now, passkey, taken.by->passkey));
  std::erase_if(changed.pinned, [&](const PinnedPasskey& each) { return each.passkey.id == passkey.id; });
  ++changed.revision;
  return changed;
}

base::Result<Used> with_use(const Passkeys& now, const policy::ConsentToken& token) {
  if (!token.assertion) return Error{Code::passkey_required, "The consent carries no assertion.", ""};
  auto changed = now;
  X1_TRY(taken, take_assertion(changed, *token.assertion, policy::consent_statement(token)));
  auto passkey = taken.by->passkey;
  return Used{std::move(changed), std::move(passkey), taken.counter};
}

Value to_value(const Passkeys& passkeys) {
  Value::Array items;
  for (const auto& each : passkeys.pinned) {
    items.emplace_back(Value::Object{{"passkey", policy::to_value(each.passkey)},
                                     {"added", policy::time_value(each.added)},
                                     {"counter", static_cast<std::int64_t>(each.counter)},
                                     {"recent", touches_value(each.recent)}});
  }
  return Value::Object{{"revision", static_cast<std::int64_t>(passkeys.revision)}, {"items", std::move(items)}};
}

base::Result<Passkeys> passkeys_from(const Value& value) {
  wire::Fields fields(value, "the pinned passkeys");
  Passkeys passkeys;
  passkeys.revision = static_cast<std::uint64_t>(fields.integer("revision", 0, policy::max_safe_integer));
  const auto items = fields.any("items");
  if (items.array() == nullptr) fields.fail("items", "is not a list");
  X1_TRY(done, fields.finish());
  for (const auto& item : *items.array()) {
    X1_TRY(pinned, pinned_from(item));
    passkeys.pinned.push_back(std::move(pinned));
  }
  return passkeys;
}

}  // namespace x1::vault
