// Journal: the vault's own audit, a signed chain of rows in one file. A row that append() returned is on the disk.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "audit/row.hpp"
#include "base/result.hpp"
#include "crypto/signing.hpp"
#include "os/fd.hpp"

namespace x1::vault {

class Journal {
 public:
  // Reads what is there, checks that it is one unbroken chain, and hands each row to `on_row`. A last line without its
  // end was never acted on and is cut off; anything else that is wrong fails with storage_failed. `key` stays with the
  // caller.
  [[nodiscard]] static base::Result<Journal> open(const std::string& path, const crypto::SigningKey& key,
                                                  const std::function<void(const audit::Row&)>& on_row);

  // Writes and flushes (fdatasync). After a failure that could not be undone every later append fails too.
  [[nodiscard]] base::Status append(audit::Entry entry);

  // Lines of the rows after number `after`, at most `most`.
  [[nodiscard]] base::Result<std::vector<std::string>> lines_after(std::uint64_t after, std::size_t most) const;

 private:
  Journal(os::Fd file, const crypto::SigningKey& key) : file_(std::move(file)), key_(&key), chain_("vault") {}
  [[nodiscard]] base::Status replay(const std::function<void(const audit::Row&)>& on_row);
  [[nodiscard]] base::Status take_line(std::string_view line, const std::function<void(const audit::Row&)>& on_row);
  [[nodiscard]] base::Result<std::string> read_at(std::uint64_t offset, std::size_t size) const;

  os::Fd file_;
  const crypto::SigningKey* key_;
  audit::Chain chain_;
  std::vector<std::uint64_t> starts_;  // where each row begins
  std::uint64_t end_ = 0;              // the file's size as far as rows go
  bool broken_ = false;
};

}  // namespace x1::vault
