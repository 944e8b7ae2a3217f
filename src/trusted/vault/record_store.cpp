#include "vault/record_store.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "os/file.hpp"

namespace x1::vault {
namespace {

constexpr std::size_t max_box_bytes = max_record_bytes + 4096;

}  // namespace

base::Result<RecordStore> RecordStore::open(std::string folder, const crypto::StorageKey& key, crypto::Random& random) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return base::Error{base::Code::storage_failed, "The folder of secrets could not be made.", ""};
  }
  return RecordStore(std::move(folder), key, random);
}

// An id has no '/' and no '.', so the path can't leave the folder, nor name the temporary file of another record.
std::string RecordStore::path_of(const base::ConnectionId& connection) const {
  return folder_ + "/" + connection.text();
}

base::Result<Record> RecordStore::get(const base::ConnectionId& connection) const {
  auto box = os::read_file(path_of(connection), max_box_bytes);
  if (!box.ok() && box.error().code == base::Code::not_found) {
    return base::Error{base::Code::not_found, "No such connection is kept here.", "Connect the account again."};
  }
  if (!box.ok()) return std::move(box).error();
  X1_TRY(opened, key_->open(base::as_bytes(*box), connection.text()));
  return decode_stored(opened);
}

base::Status RecordStore::put(const base::ConnectionId& connection, const Record& record) {
  X1_TRY(stored, encode_stored(record));
  return os::write_file(path_of(connection), base::as_text(key_->seal(stored, connection.text(), *random_)), 0600);
}

base::Status RecordStore::remove(const base::ConnectionId& connection) {
  if (::unlink(path_of(connection).c_str()) == 0) return base::Done{};
  if (errno == ENOENT) return base::Error{base::Code::not_found, "No such connection is kept here.", ""};
  return base::Error{base::Code::storage_failed, "The kept record could not be removed.", ""};
}

}  // namespace x1::vault
