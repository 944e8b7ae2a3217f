#include "vault/journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace x1::vault {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t max_line_bytes = 64 * 1024;
constexpr std::size_t chunk_bytes = 256 * 1024;

Error failed(std::string_view what) {
  return Error{Code::storage_failed, "The vault's audit could not be " + std::string(what) + ".",
               "Check the disk, then start the platform again."};
}

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto wrote = ::write(file, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

}  // namespace

base::Result<Journal> Journal::open(const std::string& path, const crypto::SigningKey& key,
                                    const std::function<void(const audit::Row&)>& on_row) {
  os::Fd file(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  if (!file) return failed("opened");
  Journal journal(std::move(file), key);
  X1_TRY(replayed, journal.replay(on_row));
  return journal;
}

base::Status Journal::replay(const std::function<void(const audit::Row&)>& on_row) {
  std::string held;
  std::uint64_t offset = 0;
  for (;;) {
    X1_TRY(bytes, read_at(offset, chunk_bytes));
    if (bytes.empty()) break;
    offset += bytes.size();
    held += bytes;
    std::size_t begin = 0;
    for (auto newline = held.find('\n'); newline != std::string::npos; newline = held.find('\n', begin)) {
      X1_TRY(taken, take_line(std::string_view(held).substr(begin, newline - begin), on_row));
      begin = newline + 1;
    }
    held.erase(0, begin);
    if (held.size() > max_line_bytes) return failed("read: a row is too long");
  }
  durable_ = chain_;
  if (held.empty()) return base::Done{};
  if (::ftruncate(file_.get(), static_cast<off_t>(end_)) != 0 || ::fdatasync(file_.get()) != 0) {
    return failed("mended after a crash");
  }
  return base::Done{};
}

base::Status Journal::take_line(std::string_view line, const std::function<void(const audit::Row&)>& on_row) {
  const auto row = audit::decode_line(line);
  const auto number = std::to_string(chain_.seq() + 1);
  const bool follows = row.ok() && row->row.seq == chain_.seq() + 1 && row->row.previous == chain_.head();
  if (!follows) return failed("read: row " + number + " does not hold");
  // A chain that was written anew holds in itself; nobody but the vault can sign it.
  const bool ours = row->row.kid == key_->key_id() && audit::signature_holds(*row, key_->public_key());
  if (!ours) return failed("read: row " + number + " is not signed by this vault");
  chain_.accept(row->row);
  starts_.push_back(end_);
  end_ += line.size() + 1;
  on_row(row->row);
  return base::Done{};
}

base::Result<Journal::Place> Journal::add(audit::Entry entry) {
  if (broken_) return failed("written to since an earlier failure");
  const auto row = chain_.next(std::move(entry), key_->key_id());
  const auto line = audit::encode_line(row, *key_) + "\n";
  if (line.size() > max_line_bytes) return failed("written: the row is too long");
  starts_.push_back(end_ + waiting_.size());
  waiting_ += line;
  chain_.accept(row);
  return Place{row.seq, losses_};
}

base::Status Journal::sync() {
  if (waiting_.empty()) return base::Done{};
  if (!write_all(file_.get(), waiting_) || ::fdatasync(file_.get()) != 0) {
    // A row that may or may not be there can't be followed by another one with its number.
    broken_ = ::ftruncate(file_.get(), static_cast<off_t>(end_)) != 0 || ::fdatasync(file_.get()) != 0;
    waiting_.clear();
    chain_ = durable_;
    starts_.resize(static_cast<std::size_t>(durable_.seq()));
    ++losses_;
    return failed("written");
  }
  end_ += waiting_.size();
  waiting_.clear();
  durable_ = chain_;
  return base::Done{};
}

base::Status Journal::append(audit::Entry entry) {
  X1_TRY(place, add(std::move(entry)));
  return sync();
}

base::Result<std::vector<std::string>> Journal::lines_after(std::uint64_t after, std::size_t most) const {
  std::vector<std::string> lines;
  for (auto index = after; index < durable_.seq() && lines.size() < most; ++index) {
    const auto start = starts_[index];
    const auto end = index + 1 < durable_.seq() ? starts_[index + 1] : end_;
    X1_TRY(line, read_at(start, static_cast<std::size_t>(end - start - 1)));
    lines.push_back(std::move(line));
  }
  return lines;
}

base::Result<std::string> Journal::read_at(std::uint64_t offset, std::size_t size) const {
  std::string bytes(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const auto room = std::span(bytes).subspan(got);
    const auto read = ::pread(file_.get(), room.data(), room.size(), static_cast<off_t>(offset + got));
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return failed("read");
    if (read == 0) break;
    got += static_cast<std::size_t>(read);
  }
  bytes.resize(got);
  return bytes;
}

}  // namespace x1::vault
