#include "vault/passkey_desk.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "os/durable.hpp"
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
                                            Journal& journal, const base::Clock& clock, const ApiKeys& api,
                                            PasskeyHistory history) {
  if (::mkdir(folder.c_str(), 0700) == 0) {
    X1_TRY(flushed, os::flush_folder(std::filesystem::path(folder).parent_path().string()));
  } else if (errno != EEXIST) {
    return Error{Code::storage_failed, "The folder of passkeys could not be made.", ""};
  }
  return PasskeyDesk(std::move(folder), key, random, journal, clock, api, std::move(history));
}

// An id has no '/' and no '.', so the path can't leave the folder, and no person's file is another's next one.
std::string PasskeyDesk::file_of(const base::UserId& user) const { return folder_ + "/" + user.text(); }

std::string PasskeyDesk::next_of(const base::UserId& user) const { return file_of(user) + ".next"; }

base::Result<Passkeys> PasskeyDesk::read(const base::UserId& user, const std::string& file) const {
  auto box = os::read_file(file, max_file_bytes);
  if (!box.ok() && box.error().code == Code::not_found) return Passkeys{};
  if (!box.ok()) return std::move(box).error();
  X1_TRY(opened, key_->open(base::as_bytes(*box), name_of(user)));
  X1_TRY(value, wire::parse_json(base::as_text(opened.expose())));
  return passkeys_from(value);
}

base::Result<Passkeys> PasskeyDesk::get(const base::UserId& user) const {
  auto kept = read(user, file_of(user));
  if (!kept.ok() || history_.agrees(user, *kept)) return kept;
  // The row was written, and the step not taken.
  auto next = read(user, next_of(user));
  if (next.ok() && history_.agrees(user, *next)) {
    X1_TRY(moved, os::rename_file(next_of(user), file_of(user)));
    return next;
  }
  return Error{Code::storage_failed, "This person's passkeys are not what the vault's audit says of them.",
               "Restore vault/ whole from a backup."};
}

base::Status PasskeyDesk::put(const base::UserId& user, const Passkeys& passkeys, std::string_view kind,
                              Value::Object detail) {
  X1_TRY(stored, crypto::Secret::copy_of(base::as_bytes(wire::canonical_json(to_value(passkeys)))));
  const auto next = next_of(user);
  X1_TRY(written, os::write_file(next, base::as_text(key_->seal(stored, name_of(user), *random_)), 0600));
  X1_TRY(recorded, record(kind, &user, "ok", std::move(detail)));
  return os::rename_file(next, file_of(user));
}

base::Status PasskeyDesk::record(std::string_view kind, const base::UserId* user, std::string_view outcome,
                                 Value::Object detail) {
  audit::Entry entry;
  entry.time = clock_->now();
  entry.kind = kind;
  if (user != nullptr) entry.actor = user->text();
  entry.outcome = outcome;
  entry.detail = std::move(detail);
  X1_TRY(recorded, journal_->append(entry));
  history_.note(entry);
  return recorded;
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
  X1_TRY(kept, put(passkey.user, *changed, message.remove ? "passkey.unpinned" : "passkey.pinned",
                   {{"passkey", policy::to_value(passkey)},
                    {"revision", static_cast<std::int64_t>(changed->revision)},
                    {"confirmed", !message.assertion.empty()}}));
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
  X1_TRY(kept, put(consent.actor, used.passkeys, "passkey.used",
                   {{"session", session.text()},
                    {"passkey", used.by.id},
                    {"counter", static_cast<std::int64_t>(used.counter)},
                    {"consent", consent.id},
                    {"challenge", consent.challenge.text()}}));
  return used.by;
}

messages::ToBroker PasskeyDesk::check(const base::SessionId& session, const messages::CheckPasskey& message) {
  const auto consent = policy::verify_consent(message.consent, api_->set(), clock_->now());
  if (!consent.ok()) {
    return refusal(message.id, refused(consent.error(), nullptr, {{"session", session.text()}}));
  }
  const auto passkey = try_check(session, *consent);
  if (passkey.ok()) return messages::PasskeyPinned{message.id, policy::to_value(*passkey)};
  return refusal(message.id, refused(passkey.error(), &consent->actor,
                                     {{"session", session.text()}, {"challenge", consent->challenge.text()}}));
}

}  // namespace x1::vault
