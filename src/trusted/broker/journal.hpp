// Journal: the session's audit, written ahead. A row stands on the disk before what it tells of is done; reading the
// rows back after a restart gives everything the broker must remember.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "audit/row.hpp"
#include "audit/verify.hpp"
#include "base/result.hpp"
#include "broker/line_file.hpp"
#include "crypto/signing.hpp"

namespace x1::broker {

class Journal {
 public:
  using OnRow = std::function<base::Status(const audit::Row& row)>;

  // Reads the rows of the chain back and verifies each (hash, order, signature by the boot key that was announced).
  // A row that does not hold is storage_failed: a broker does not go on after evidence that was changed.
  // The key signs the rows of this boot; main keeps it alive.
  [[nodiscard]] static base::Result<Journal> open(const std::string& path, const std::string& chain,
                                                  const crypto::SigningKey& key, const OnRow& on_row);

  // Adds a row; its number in the chain. It is durable once sync has returned Done.
  std::uint64_t append(audit::Entry entry);
  [[nodiscard]] bool has_unsynced() const noexcept { return file_.has_unsynced(); }
  // Written, it outlives this process; a power cut can still take it.
  [[nodiscard]] base::Status write() { return file_.write(); }
  [[nodiscard]] base::Status sync() { return file_.sync(); }

  [[nodiscard]] std::uint64_t seq() const noexcept { return chain_.seq(); }
  [[nodiscard]] const crypto::Digest& head() const noexcept { return chain_.head(); }
  [[nodiscard]] std::uint64_t cut_off() const noexcept { return file_.cut_off(); }
  [[nodiscard]] const LineFile& file() const noexcept { return file_; }

 private:
  Journal(LineFile file, audit::Chain chain, const crypto::SigningKey& key)
      : file_(std::move(file)), chain_(std::move(chain)), key_(&key) {}
  LineFile file_;
  audit::Chain chain_;
  const crypto::SigningKey* key_;
};

}  // namespace x1::broker
