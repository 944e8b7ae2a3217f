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
  // Reads what is there, checks that it is one unbroken chain that `key` has signed, and hands each row to `on_row`. A
  // last line without its end was never acted on and is cut off; anything else that is wrong fails with storage_failed.
  // `key` stays with the caller.
  [[nodiscard]] static base::Result<Journal> open(const std::string& path, const crypto::SigningKey& key,
                                                  const std::function<void(const audit::Row&)>& on_row);

  // Which row it was; it may have been lost since.
  struct Place {
    std::uint64_t seq = 0;
    std::uint64_t losses = 0;
  };
  // Adds a row, to be written by the next sync.
  [[nodiscard]] base::Result<Place> add(audit::Entry entry);
  // Writes what waits and flushes it (fdatasync). When that fails, all of what waited is lost; after a failure that
  // could not be undone every later add fails too.
  [[nodiscard]] base::Status sync();
  // Whether that row is on the disk.
  [[nodiscard]] bool holds(const Place& place) const noexcept {
    return place.losses == losses_ && place.seq <= durable_.seq();
  }
  // Both: a row of its own on the disk.
  [[nodiscard]] base::Status append(audit::Entry entry);

  // Lines of the rows after number `after`, at most `most`.
  [[nodiscard]] base::Result<std::vector<std::string>> lines_after(std::uint64_t after, std::size_t most) const;

 private:
  Journal(os::Fd file, const crypto::SigningKey& key)
      : file_(std::move(file)), key_(&key), chain_("vault"), durable_(chain_) {}
  [[nodiscard]] base::Status replay(const std::function<void(const audit::Row&)>& on_row);
  [[nodiscard]] base::Status take_line(std::string_view line, const std::function<void(const audit::Row&)>& on_row);
  [[nodiscard]] base::Result<std::string> read_at(std::uint64_t offset, std::size_t size) const;

  os::Fd file_;
  const crypto::SigningKey* key_;
  audit::Chain chain_;    // with what waits
  audit::Chain durable_;  // as it is on the disk
  std::string waiting_;   // whole lines
  std::uint64_t losses_ = 0;
  std::vector<std::uint64_t> starts_;  // where each row begins, also of those that wait
  std::uint64_t end_ = 0;              // the file's size as far as rows go
  bool broken_ = false;
};

}  // namespace x1::vault
