#include "cli/authenticator.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "base/encoding.hpp"
#include "crypto/password.hpp"
#include "crypto/random.hpp"
#include "crypto/storage_box.hpp"
#include "os/file.hpp"

namespace x1::cli {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t seed_bytes = 32;
// Salt, then the sealed seed.
constexpr std::size_t key_file_bytes = crypto::password_salt_bytes + crypto::StorageKey::overhead + seed_bytes;

std::string folder_of(const std::string& state) { return state + "/passkeys"; }
// An id has no '/' and no '.', so the path can't leave the folder.
std::string path_of(const std::string& state, const base::UserId& user) { return folder_of(state) + "/" + user.text(); }
std::string box_name(const base::UserId& user) { return "authenticator/" + user.text(); }

base::Result<crypto::StorageKey> storage_key(const crypto::Secret& passphrase, base::BytesView salt) {
  X1_TRY(secret, crypto::key_from_password(passphrase, salt));
  return crypto::StorageKey::from_secret(secret);
}

base::Result<std::uint32_t> next_counter(const std::string& path) {
  constexpr std::size_t most_digits = 10;
  const auto text = os::read_file(path, most_digits);
  std::uint32_t last = 0;
  if (text.ok()) {
    const auto* const end = std::to_address(text->cend());
    const auto [stopped, failure] = std::from_chars(std::to_address(text->cbegin()), end, last);
    if (failure != std::errc() || stopped != end || last == UINT32_MAX) {
      return Error{Code::storage_failed, path + " does not hold a counter.", ""};
    }
  } else if (text.error().code != Code::not_found) {
    return text.error();
  }
  X1_TRY(kept, os::write_file(path, std::to_string(last + 1), 0600));
  return last + 1;
}

}  // namespace

bool Authenticator::exists(const std::string& state, const base::UserId& user) {
  return ::access((path_of(state, user) + ".key").c_str(), F_OK) == 0;
}

base::Result<Authenticator> Authenticator::create(const std::string& state, const base::UserId& user,
                                                  const crypto::Secret& passphrase) {
  if (exists(state, user)) return Error{Code::conflict, "There is a key of yours already.", "See `x1 passkey list`."};
  if (passphrase.size() < min_passphrase) {
    return Error{Code::invalid_request, "The passphrase is shorter than 8 bytes.", "Choose a longer one."};
  }
  if (::mkdir(folder_of(state).c_str(), 0700) != 0 && errno != EEXIST) {
    return Error{Code::storage_failed, folder_of(state) + " could not be made.", ""};
  }
  crypto::SystemRandom random;
  base::Bytes file(crypto::password_salt_bytes);
  random.fill(file);
  X1_TRY(key, crypto::SigningKey::generate());
  X1_TRY(seed, key.seed());
  X1_TRY(sealing, storage_key(passphrase, file));
  const auto box = sealing.seal(seed, box_name(user), random);
  file.insert(file.end(), box.begin(), box.end());
  const auto path = path_of(state, user);
  X1_TRY(kept, os::write_file(path + ".key", base::as_text(file), 0600));
  return Authenticator(path, user, std::move(key));
}

base::Result<Authenticator> Authenticator::open(const std::string& state, const base::UserId& user,
                                                const crypto::Secret& passphrase) {
  const auto path = path_of(state, user);
  const auto file = os::read_file(path + ".key", key_file_bytes);
  if (!file.ok() && file.error().code == Code::not_found) {
    return Error{Code::passkey_required, "There is no key of " + user.text() + " here.", "Run `x1 passkey enroll`."};
  }
  if (!file.ok()) return file.error();
  if (file->size() != key_file_bytes) return Error{Code::storage_failed, path + ".key is damaged.", ""};
  const auto bytes = base::as_bytes(*file);
  X1_TRY(sealing, storage_key(passphrase, bytes.first(crypto::password_salt_bytes)));
  const auto seed = sealing.open(bytes.subspan(crypto::password_salt_bytes), box_name(user));
  if (!seed.ok()) return Error{Code::forbidden, "The passphrase does not open the key.", "Try again."};
  X1_TRY(key, crypto::SigningKey::from_seed(*seed));
  return Authenticator(path, user, std::move(key));
}

policy::Passkey Authenticator::passkey() const {
  return {user_, key_.key_id(), crypto::PasskeyPublicKey::from(key_.public_key()), policy::terminal_party()};
}

base::Result<std::string> Authenticator::touch(const crypto::Digest& statement) const {
  X1_TRY(counter, next_counter(path_ + ".counter"));
  const auto party = policy::terminal_party();
  return policy::to_text(policy::Assertion{key_.key_id(), crypto::make_assertion(key_, party, statement, counter)});
}

}  // namespace x1::cli
