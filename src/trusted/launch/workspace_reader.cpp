#include "launch/workspace_reader.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <algorithm>

#include "base/id.hpp"
#include "launch/beneath.hpp"
#include "launch/sealed_reader.hpp"
#include "launch/session_record.hpp"
#include "launch/workspace.hpp"

namespace x1::launch {
namespace {

using base::Code;
using base::Error;

constexpr unsigned max_depth = 64;
constexpr std::size_t max_listing_bytes = 5 << 20;

bool is_whiteout(const struct stat& facts) {
  return S_ISCHR(facts.st_mode) && major(facts.st_rdev) == 0 && minor(facts.st_rdev) == 0;
}

ChangeKind kind_of(const struct stat& facts) {
  if (is_whiteout(facts)) return ChangeKind::deleted;
  return S_ISREG(facts.st_mode) ? ChangeKind::added : ChangeKind::refused;
}

// Runs in the sealed child. Adds what lies below `path` (empty: the folder itself). False when there is too much.
bool list(int folder, const std::string& path, unsigned depth, control::Changes& found) {
  if (depth > max_depth) return false;
  auto opened = open_beneath(folder, path.empty() ? "." : path, O_RDONLY | O_DIRECTORY);
  if (!opened) return true;  // its agent made it unreadable to itself: nothing to apply
  DIR* stream = ::fdopendir(opened.get());
  if (stream == nullptr) return false;
  static_cast<void>(opened.release());  // the stream's now
  bool good = true;
  while (good) {
    const dirent* entry = ::readdir(stream);
    if (entry == nullptr) break;
    const std::string name(&entry->d_name[0]);
    if (name == "." || name == "..") continue;
    struct stat facts{};
    if (::fstatat(::dirfd(stream), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) continue;
    const auto full = path.empty() ? name : path + "/" + name;
    if (S_ISDIR(facts.st_mode)) {
      good = list(folder, full, depth + 1, found);
      continue;
    }
    good = found.files.size() < max_changes;
    if (good) {
      found.files.push_back({full, static_cast<std::uint8_t>(kind_of(facts)), static_cast<std::uint64_t>(facts.st_size),
                             (facts.st_mode & 0111) != 0, false});
    }
  }
  ::closedir(stream);
  return good;
}

bool write_listing(int folder, int pipe) {
  control::Changes found;
  if (!list(folder, "", 0, found)) return false;
  return write_whole(pipe, seam::encode_frame(control::FromSupervisor(std::move(found))));
}

base::Result<control::Changes> parse_listing(std::string_view bytes) {
  seam::Framer framer;
  X1_TRY(frames, framer.feed(bytes));
  if (frames.size() != 1) return Error{Code::invalid_request, "The workspace's reader said nothing.", ""};
  X1_TRY(message, seam::decode_frame<control::FromSupervisor>(frames.front()));
  auto* changes = std::get_if<control::Changes>(&message);
  if (changes == nullptr) return Error{Code::invalid_request, "The workspace's reader said something else.", ""};
  return std::move(*changes);
}

// What the child can't know: whether the person has a file of that name.
void compare(int folder, control::ChangedFile& file) {
  if (!is_plain_path(file.path) || file.kind > static_cast<std::uint8_t>(ChangeKind::refused)) {
    file.kind = static_cast<std::uint8_t>(ChangeKind::refused);
  }
  const auto kind = static_cast<ChangeKind>(file.kind);
  if (kind == ChangeKind::added && open_beneath(folder, file.path, O_PATH)) {
    file.kind = static_cast<std::uint8_t>(ChangeKind::modified);
  }
  file.runs_by_itself = runs_by_itself(file.path);
}

struct Overlaid {
  SealedReader reader;
  std::string folder;  // the person's
};

base::Result<Overlaid> overlaid(const Layout& layout, const std::string& session) {
  X1_TRY(id, base::SessionId::parse(session));
  const SessionLayout at{layout.session(session)};
  auto record = read_record(at);
  if (!record.ok() || record->folder.empty()) {
    return Error{Code::not_found, "The session has no folder of yours.", "list the sessions: x1 sessions"};
  }
  X1_TRY(reader, SealedReader::for_folder(at.upper(), record->agent_uid));
  return Overlaid{std::move(reader), record->folder};
}

base::Result<control::Changes> changes_of(const std::string& path, std::string_view listing) {
  X1_TRY(changes, parse_listing(listing));
  const os::Fd folder(::open(path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder) return Error{Code::not_found, "The folder " + path + " is gone.", ""};
  for (auto& file : changes.files)
    compare(folder.get(), file);
  std::ranges::sort(changes.files, {}, &control::ChangedFile::path);
  return changes;
}

}  // namespace

boost::asio::awaitable<base::Result<control::Changes>> read_changes(const Layout& layout, std::string session) {
  auto found = overlaid(layout, session);
  if (!found.ok()) co_return std::move(found).error();
  const auto listing = co_await found->reader.run(write_listing, max_listing_bytes);
  if (!listing.ok()) co_return listing.error();
  co_return changes_of(found->folder, *listing);
}

}  // namespace x1::launch
