// The writing half of workspace_reader.hpp: bytes come from the sealed child, and land in the person's folder by a
// rename, below that folder and through no link.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/id.hpp"
#include "launch/beneath.hpp"
#include "launch/sealed_reader.hpp"
#include "launch/session_record.hpp"
#include "launch/workspace_reader.hpp"

namespace x1::launch {
namespace {

using base::Code;
using base::Error;

constexpr char plain_file = 'f';
constexpr char executable_file = 'x';
constexpr char deleted_file = 'd';

// Runs in the sealed child: one letter for the kind, then the content.
bool write_file_of(int folder, int pipe, const std::string& path) {
  struct stat facts{};
  const auto looked = open_beneath(folder, path, O_PATH);
  if (!looked || ::fstat(looked.get(), &facts) != 0) return false;
  if (S_ISCHR(facts.st_mode) && facts.st_rdev == 0) return write_whole(pipe, std::string(1, deleted_file));
  if (!S_ISREG(facts.st_mode)) return false;
  const auto file = open_beneath(folder, path, O_RDONLY | O_NONBLOCK);
  if (!file || ::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) return false;
  const bool runs = (facts.st_mode & 0111) != 0;
  if (!write_whole(pipe, std::string(1, runs ? executable_file : plain_file))) return false;
  std::array<char, 64 * 1024> buffer{};
  for (;;) {
    const auto got = ::read(file.get(), buffer.data(), buffer.size());
    if (got == 0) return true;
    if (got < 0 && errno != EINTR) return false;
    if (got > 0 && !write_whole(pipe, std::string_view(buffer.data(), static_cast<std::size_t>(got)))) return false;
  }
}

Error not_applied(std::string_view what, const std::string& path) {
  return Error{Code::storage_failed, std::string(what) + " " + path + " in your folder failed.",
               "look at what lies there: links are not followed"};
}

struct Target {
  os::Fd folder;  // of the person
  uid_t uid = 0;
  gid_t gid = 0;
};

base::Result<Target> open_target(const std::string& path) {
  Target target;
  struct stat facts{};
  target.folder = os::Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!target.folder || ::fstat(target.folder.get(), &facts) != 0) {
    return Error{Code::not_found, "The folder " + path + " is gone.", ""};
  }
  target.uid = facts.st_uid;
  target.gid = facts.st_gid;
  return target;
}

// What we make is the person's already, but where the machine's root writes for somebody else.
bool give(const Target& target, int file) {
  return target.uid == ::geteuid() || ::fchown(file, target.uid, target.gid) == 0;
}

// The folder that `path` lies in, made where it is missing.
os::Fd parent_of(const Target& target, const std::string& path) {
  const auto parts = split(path);
  if (parts.folder == ".") return open_beneath(target.folder.get(), ".", O_RDONLY | O_DIRECTORY);
  auto there = open_beneath(target.folder.get(), parts.folder, O_RDONLY | O_DIRECTORY);
  if (there || errno != ENOENT) return there;
  const auto above = parent_of(target, parts.folder);
  const auto name = split(parts.folder).name;
  if (!above || ::mkdirat(above.get(), name.c_str(), 0755) != 0) return os::Fd();
  auto made = open_beneath(above.get(), name, O_RDONLY | O_DIRECTORY);
  if (made && !give(target, made.get())) return os::Fd();
  return made;
}

base::Status remove_from(const Target& target, const std::string& path) {
  const auto parts = split(path);
  const auto parent = open_beneath(target.folder.get(), parts.folder, O_RDONLY | O_DIRECTORY);
  if (!parent) return errno == ENOENT ? base::Status(base::Done{}) : not_applied("Removing", path);
  std::error_code error;
  std::filesystem::remove_all("/proc/self/fd/" + std::to_string(parent.get()) + "/" + parts.name, error);
  if (error) return not_applied("Removing", path);
  return base::Done{};
}

base::Status put(const Target& target, const std::string& path, std::string_view content, bool runs) {
  const auto parent = parent_of(target, path);
  if (!parent) return not_applied("Making the folder of", path);
  const std::string temporary = ".x1-apply." + std::to_string(::getpid());
  static_cast<void>(::unlinkat(parent.get(), temporary.c_str(), 0));
  const auto file = open_beneath(parent.get(), temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (!file || !write_whole(file.get(), content) || !give(target, file.get()) ||
      ::fchmod(file.get(), runs ? 0755 : 0644) != 0 || ::fsync(file.get()) != 0) {
    static_cast<void>(::unlinkat(parent.get(), temporary.c_str(), 0));
    return not_applied("Writing", path);
  }
  if (::renameat(parent.get(), temporary.c_str(), parent.get(), split(path).name.c_str()) != 0) {
    static_cast<void>(::unlinkat(parent.get(), temporary.c_str(), 0));
    return not_applied("Replacing", path);
  }
  return base::Done{};
}

base::Status apply_content(const Target& target, const std::string& path, std::string_view content) {
  if (content.empty()) return not_applied("Reading", path);
  const char kind = content.front();
  if (kind == deleted_file) return remove_from(target, path);
  return put(target, path, content.substr(1), kind == executable_file);
}

struct Ready {
  SealedReader reader;
  Target target;
};

base::Result<Ready> ready(const Layout& layout, const std::string& session, const std::vector<std::string>& paths) {
  X1_TRY(id, base::SessionId::parse(session));
  const SessionLayout at{layout.session(session)};
  auto record = read_record(at);
  if (!record.ok() || record->folder.empty()) {
    return Error{Code::not_found, "The session has no folder of yours.", "list the sessions: x1 sessions"};
  }
  if (paths.size() > max_changes) return Error{Code::too_many, "Too many paths at once.", "apply fewer"};
  X1_TRY(reader, SealedReader::for_folder(at.upper(), record->agent_uid));
  X1_TRY(target, open_target(record->folder));
  return Ready{std::move(reader), std::move(target)};
}

}  // namespace

boost::asio::awaitable<base::Result<std::uint32_t>> apply_changes(const Layout& layout, std::string session,
                                                                  std::vector<std::string> paths) {
  auto both = ready(layout, session, paths);
  if (!both.ok()) co_return std::move(both).error();
  std::uint32_t applied = 0;
  for (const auto& path : paths) {
    if (!is_plain_path(path)) co_return Error{Code::invalid_request, "This is no path of a change: " + path + ".", ""};
    const auto task = [&path](int folder, int pipe) { return write_file_of(folder, pipe, path); };
    const auto content = co_await both->reader.run(task, max_applied_file_bytes + 1);
    if (!content.ok()) {
      co_return Error{content.error().code, path + ": " + content.error().message, content.error().next};
    }
    const auto done = apply_content(both->target, path, *content);
    if (!done.ok()) co_return done.error();
    ++applied;
  }
  co_return applied;
}

}  // namespace x1::launch
