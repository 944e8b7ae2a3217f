#include "launch/api_keys.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "os/fd.hpp"
#include "os/file.hpp"
#include "wire/json.hpp"

namespace x1::launch {
namespace {

constexpr std::size_t max_file_bytes = 64 * 1024;

bool is_absent(const base::Error& error) { return error.code == base::Code::not_found; }

// The folder is the API's: what lies under the name may be a link, or something that makes a reader wait.
base::Result<std::string> read_seed(const std::string& path) {
  const os::Fd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  const bool absent = !file && errno == ENOENT;
  if (absent) return base::Error{base::Code::not_found, path + " is not there.", ""};
  struct stat facts{};
  if (!file || ::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
    return base::Error{base::Code::storage_failed, path + " is not a file that can be read.",
                       "Restore api/ and keys/ from one backup."};
  }
  return os::read_all(file.get(), 64);
}

base::Result<crypto::PublicKey> load_or_make_key(const Layout& layout) {
  auto text = read_seed(layout.api_seed());
  if (text.ok()) {
    auto seed = crypto::Secret::copy_of(base::as_bytes(*text));
    crypto::wipe({reinterpret_cast<std::uint8_t*>(text->data()), text->size()});
    if (!seed.ok()) return std::move(seed).error();
    X1_TRY(key, crypto::SigningKey::from_seed(*seed));
    return key.public_key();
  }
  if (!is_absent(text.error())) return std::move(text).error();
  X1_TRY(fresh, crypto::SigningKey::generate());
  X1_TRY(seed, fresh.seed());
  X1_TRY(written, os::write_file(layout.api_seed(), base::as_text(seed.expose()), 0600));
  return fresh.public_key();
}

}  // namespace

base::Result<policy::KeySet> read_api_keys(const std::string& path) {
  X1_TRY(text, os::read_file(path, max_file_bytes));
  X1_TRY(value, wire::parse_json(text));
  return policy::key_set_from(value);
}

base::Status keep_api_keys(const Layout& layout, const policy::KeySet& keys) {
  return os::write_file(layout.api_keys(), wire::canonical_json(policy::to_value(keys)) + "\n", 0644);
}

base::Result<policy::KeySet> settle_api_keys(const Layout& layout, base::TimePoint now) {
  X1_TRY(current, load_or_make_key(layout));
  auto kept = read_api_keys(layout.api_keys());
  if (!kept.ok() && !is_absent(kept.error())) return kept;
  auto settled = kept.ok() ? policy::settled(*kept, current, now) : base::Result(policy::KeySet::of(current, now));
  if (!settled.ok() || (kept.ok() && *settled == *kept)) return settled;
  X1_TRY(written, keep_api_keys(layout, *settled));
  return settled;
}

base::Result<std::string> keys_for_vault(const Layout& layout) {
  X1_TRY(keys, read_api_keys(layout.api_keys()));
  return wire::canonical_json(policy::to_value(keys));
}

base::Result<std::string> keys_for_session(const Layout& layout, base::TimePoint began) {
  X1_TRY(keys, read_api_keys(layout.api_keys()));
  return wire::canonical_json(policy::to_value(policy::for_session(keys, began)));
}

}  // namespace x1::launch
