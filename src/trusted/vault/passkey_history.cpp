#include "vault/passkey_history.hpp"

#include <algorithm>

namespace x1::vault {

void PasskeyHistory::note(const audit::Entry& entry) {
  if (entry.outcome != "ok") return;
  const auto& detail = entry.detail;
  if (entry.kind == "passkey.pinned" || entry.kind == "passkey.unpinned") {
    auto& person = people_[entry.actor];
    if (const auto* revision = detail.find_integer("revision")) {
      person.revision = static_cast<std::uint64_t>(*revision);
    }
    // One that is pinned anew begins to count anew.
    const auto* passkey = detail.find("passkey");
    const auto* id = passkey == nullptr ? nullptr : passkey->find_string("id");
    if (id != nullptr) person.counters.erase(*id);
  } else if (entry.kind == "passkey.used") {
    const auto* passkey = detail.find_string("passkey");
    const auto* counter = detail.find_integer("counter");
    if (passkey == nullptr || counter == nullptr) return;
    auto& highest = people_[entry.actor].counters[*passkey];
    highest = std::max(highest, static_cast<std::uint32_t>(*counter));
  }
}

bool PasskeyHistory::agrees(const base::UserId& user, const Passkeys& passkeys) const {
  const auto found = people_.find(user.text());
  if (found == people_.end()) return passkeys.revision == 0;
  const auto& counters = found->second.counters;
  return passkeys.revision == found->second.revision &&
         std::ranges::all_of(passkeys.pinned, [&](const PinnedPasskey& each) {
           const auto used = counters.find(each.passkey.id);
           return used == counters.end() || each.counter >= used->second;
         });
}

void replay(const audit::Row& row, PasskeyHistory& history) { history.note(row.entry); }

}  // namespace x1::vault
