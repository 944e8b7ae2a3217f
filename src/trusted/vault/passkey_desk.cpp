#include "vault/passkey_desk.hpp"

#include <sys/stat.h>

#include <array>
#include <cerrno>

#include "os/file.hpp"
#include "wire/json.hpp"

namespace x1::vault {
namespace {

using base::Code;
using base::Error;
namespace messages = seam::vault;
using wire::Value;

constexpr std::size_t max_file_bytes = 64 * 1024;

// Beside the connections' names: a file of one kind never opens as one of the other.
std::string name_of(const base::UserId& user) { return "passkeys/" + user.text(); }

messages::Refused refusal(std::uint64_t id, const Error& error) {
  return {id, error.code, error.next.empty() ? error.message : error.message + " " + error.next};
}

}  // namespace

base::Result<PasskeyDesk> PasskeyDesk::open(std::string folder, const crypto::StorageKey& key, crypto::Random& random,
                                            Journal& journal, const base::Clock& clock, const crypto::PublicKey& api) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return Error{Code::storage_failed, "The folder of passkeys could not be made.", ""};
  }
  return PasskeyDesk(std::move(folder), key, random, journal, clock, api);
}

// An id has no '/' and no '.', so the path can't leave the folder.
base::Result<Passkeys> PasskeyDesk::get(const base::UserId& user) const {
  auto box = os::read_file(folder_ + "/" + user.text(), max_file_bytes);
  if (!box.ok() && box.error().code == Code::not_found) return Passkeys{};
  if (!box.ok()) return std::move(box).error();
  X1_TRY(opened, key_->open(base::as_bytes(*box), name_of(user)));
  X1_TRY(value, wire::parse_json(base::as_text(opened.expose())));
  return passkeys_from(value);
}

base::Status PasskeyDesk::put(const base::UserId& user, const Passkeys& passkeys) {
  X1_TRY(stored, crypto::Secret::copy_of(base::as_bytes(wire::canonical_json(to_value(passkeys)))));
  return os::write_file(folder_ + "/" + user.text(), base::as_text(key_->seal(stored, name_of(user), *random_)), 0600);
}

base::Status PasskeyDesk::record(std::string_view kind, const base::UserId* user, std::string_view outcome,
                                 Value::Object detail) {
  audit::Entry entry;
  entry.time = clock_->now();
  entry.kind = kind;
  if (user != nullptr) entry.actor = user->text();
  entry.outcome = outcome;
  entry.detail = std::move(detail);
  return journal_->append(std::move(entry));
}

Error PasskeyDesk::refused(const Error& why, const base::UserId* user, Value::Object detail) {
  detail.emplace("reason", why.message);
  const auto recorded = record("passkey.refused", user, base::to_string(why.code), std::move(detail));
  return recorded.ok() ? why : recorded.error();
}

base::Result<Passkeys> PasskeyDesk::try_change(const policy::Passkey& passkey, const messages::ChangePasskey& message) {
  X1_TRY(now, get(passkey.user));
  auto changed = message.remove ? with_removed(now, passkey, message.assertion)
                                : with_added(now, passkey, message.assertion, clock_->now());
  if (!changed.ok()) return changed;
  X1_TRY(recorded, record(message.remove ? "passkey.unpinned" : "passkey.pinned", &passkey.user, "ok",
                          {{"passkey", policy::to_value(passkey)},
                           {"revision", static_cast<std::int64_t>(changed->revision)},
                           {"confirmed", !message.assertion.empty()}}));
  X1_TRY(kept, put(passkey.user, *changed));
  return changed;
}

messages::ToApi PasskeyDesk::change(const messages::ChangePasskey& message) {
  const auto passkey = policy::passkey_from(message.passkey);
  if (!passkey.ok()) return refusal(message.id, refused(passkey.error(), nullptr, {}));
  const auto changed = try_change(*passkey, message);
  if (changed.ok()) return messages::Passkeys{message.id, to_value(*changed)};
  return refusal(message.id, refused(changed.error(), &passkey->user, {{"passkey", policy::to_value(*passkey)}}));
}

messages::ToApi PasskeyDesk::list(const messages::ListPasskeys& message) const {
  const auto user = base::UserId::parse(message.user);
  if (!user.ok()) return refusal(message.id, user.error());
  const auto passkeys = get(*user);
  if (!passkeys.ok()) return refusal(message.id, passkeys.error());
  return messages::Passkeys{message.id, to_value(*passkeys)};
}

base::Result<policy::Passkey> PasskeyDesk::try_check(const base::SessionId& session,
                                                     const policy::ConsentToken& consent) {
  if (consent.session != session) {
    return Error{Code::forbidden, "The consent is of another session than this channel.", ""};
  }
  X1_TRY(now, get(consent.actor));
  X1_TRY(used, with_use(now, consent));
  X1_TRY(recorded, record("passkey.used", &consent.actor, "ok",
                          {{"session", session.text()},
                           {"passkey", used.by.id},
                           {"counter", static_cast<std::int64_t>(used.counter)},
                           {"consent", consent.id},
                           {"challenge", consent.challenge.text()}}));
  X1_TRY(kept, put(consent.actor, used.passkeys));
  return used.by;
}

messages::ToBroker PasskeyDesk::check(const base::SessionId& session, const messages::CheckPasskey& message) {
  const std::array keys{api_};
  const auto consent = policy::verify_consent(message.consent, keys, clock_->now());
  if (!consent.ok()) {
    return refusal(message.id, refused(consent.error(), nullptr, {{"session", session.text()}}));
  }
  const auto passkey = try_check(session, *consent);
  if (passkey.ok()) return messages::PasskeyPinned{message.id, policy::to_value(*passkey)};
  return refusal(message.id, refused(passkey.error(), &consent->actor,
                                     {{"session", session.text()}, {"challenge", consent->challenge.text()}}));
}

}  // namespace x1::vault
