// PasskeyHistory: what the vault's own audit says of people's passkeys, as a fold over its rows. A file that says less
// has been removed, or is an old one that somebody put back.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "audit/row.hpp"
#include "vault/passkeys.hpp"

namespace x1::vault {

class PasskeyHistory {
 public:
  void note(const audit::Entry& entry);
  // Whether this is what the audit says of the person.
  [[nodiscard]] bool agrees(const base::UserId& user, const Passkeys& passkeys) const;

 private:
  struct Person {
    std::uint64_t revision = 0;
    std::map<std::string, std::uint32_t, std::less<>> counters;  // the highest that was used, by passkey
  };
  std::map<std::string, Person, std::less<>> people_;
};

void replay(const audit::Row& row, PasskeyHistory& history);

}  // namespace x1::vault
