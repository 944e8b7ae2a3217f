// RecordStore: the kept connections, one sealed file each under secrets/<connection>. A file opens only under its own
// name, so files can't be swapped.
#pragma once

#include <string>

#include "base/id.hpp"
#include "base/result.hpp"
#include "crypto/random.hpp"
#include "crypto/storage_box.hpp"
#include "vault/record.hpp"

namespace x1::vault {

class RecordStore {
 public:
  // `folder` is made (0700) when it is not there. The references stay with the caller.
  [[nodiscard]] static base::Result<RecordStore> open(std::string folder, const crypto::StorageKey& key,
                                                      crypto::Random& random);

  // not_found when there is none; storage_failed when it does not open.
  [[nodiscard]] base::Result<Record> get(const base::ConnectionId& connection) const;
  // The old one or the new one stands after a crash, never a half.
  [[nodiscard]] base::Status put(const base::ConnectionId& connection, const Record& record);
  // not_found when there is none. The file's blocks may stay on the disk; they are ciphertext.
  [[nodiscard]] base::Status remove(const base::ConnectionId& connection);

 private:
  RecordStore(std::string folder, const crypto::StorageKey& key, crypto::Random& random)
      : folder_(std::move(folder)), key_(&key), random_(&random) {}
  [[nodiscard]] std::string path_of(const base::ConnectionId& connection) const;
  std::string folder_;
  const crypto::StorageKey* key_;
  crypto::Random* random_;
};

}  // namespace x1::vault
