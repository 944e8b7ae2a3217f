#include "broker/journal.hpp"

namespace x1::broker {

base::Result<Journal> Journal::open(const std::string& path, const std::string& chain, const crypto::SigningKey& key,
                                    const OnRow& on_row) {
  audit::Verifier verifier{audit::Trust{}};
  const auto on_line = [&](std::string_view line) -> base::Status {
    if (!verifier.feed(line)) {
      return base::Error{base::Code::storage_failed, "The session's audit was changed. " + verifier.finish().reason,
                         "Keep the file for the inquiry, and start a new session."};
    }
    X1_TRY(decoded, audit::decode_line(line));
    if (decoded.row.chain != chain) {
      return base::Error{base::Code::storage_failed, "The audit file belongs to another session.", ""};
    }
    return on_row(decoded.row);
  };
  X1_TRY(file, LineFile::open(path, on_line));
  const auto verdict = verifier.finish();
  if (verdict.closed) return base::Error{base::Code::conflict, "The session has ended.", "Start a new session."};
  return Journal(std::move(file), audit::Chain(chain, verdict.rows, verdict.head), key);
}

std::uint64_t Journal::append(audit::Entry entry) {
  const auto row = chain_.next(std::move(entry), key_->key_id());
  file_.add(audit::encode_line(row, *key_));
  chain_.accept(row);
  return row.seq;
}

}  // namespace x1::broker
