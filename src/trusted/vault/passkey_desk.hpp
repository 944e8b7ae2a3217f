// PasskeyDesk: pins people's passkeys, one sealed file each under passkeys/<user>, and tells a broker by which of them
// a yes was confirmed. Every change, use and refusal is a row of the vault's own audit before it counts: what will be
// is written beside the file, then the row, then it takes the file's place. So after a crash the row says which of the
// two counts, and a file that is neither was taken away or put back: that person's passkeys are then storage_failed.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "crypto/random.hpp"
#include "crypto/storage_box.hpp"
#include "seam/vault.hpp"
#include "vault/api_keys.hpp"
#include "vault/journal.hpp"
#include "vault/passkey_history.hpp"
#include "vault/passkeys.hpp"

namespace x1::vault {

class PasskeyDesk {
 public:
  // `folder` is made (0700) when it is not there. All references stay with the caller; `api` sign consents.
  [[nodiscard]] static base::Result<PasskeyDesk> open(std::string folder, const crypto::StorageKey& key,
                                                      crypto::Random& random, Journal& journal,
                                                      const base::Clock& clock, const ApiKeys& api,
                                                      PasskeyHistory history);

  [[nodiscard]] seam::vault::ToApi change(const seam::vault::ChangePasskey& message);
  [[nodiscard]] seam::vault::ToApi list(const seam::vault::ListPasskeys& message) const;
  // Asked over the channel that was made for `session`.
  [[nodiscard]] seam::vault::ToBroker check(const base::SessionId& session, const seam::vault::CheckPasskey& message);

 private:
  PasskeyDesk(std::string folder, const crypto::StorageKey& key, crypto::Random& random, Journal& journal,
              const base::Clock& clock, const ApiKeys& api, PasskeyHistory history)
      : folder_(std::move(folder)),
        key_(&key),
        random_(&random),
        journal_(&journal),
        clock_(&clock),
        api_(&api),
        history_(std::move(history)) {}
  [[nodiscard]] std::string file_of(const base::UserId& user) const;
  [[nodiscard]] std::string next_of(const base::UserId& user) const;
  // None at all, for whom the audit knows none.
  [[nodiscard]] base::Result<Passkeys> get(const base::UserId& user) const;
  [[nodiscard]] base::Result<Passkeys> read(const base::UserId& user, const std::string& file) const;
  // What will be, the row that makes it so, and the step.
  [[nodiscard]] base::Status put(const base::UserId& user, const Passkeys& passkeys, std::string_view kind,
                                 wire::Value::Object detail);
  [[nodiscard]] base::Result<Passkeys> try_change(const policy::Passkey& passkey,
                                                  const seam::vault::ChangePasskey& message);
  [[nodiscard]] base::Result<policy::Passkey> try_check(const base::SessionId& session,
                                                        const policy::ConsentToken& consent);
  [[nodiscard]] base::Status record(std::string_view kind, const base::UserId* user, std::string_view outcome,
                                    wire::Value::Object detail);
  // The error, or that it could not be written down.
  [[nodiscard]] base::Error refused(const base::Error& why, const base::UserId* user, wire::Value::Object detail);

  std::string folder_;
  const crypto::StorageKey* key_;
  crypto::Random* random_;
  Journal* journal_;
  const base::Clock* clock_;
  const ApiKeys* api_;
  PasskeyHistory history_;
};

}  // namespace x1::vault
