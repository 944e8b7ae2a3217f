#include "cli/authenticator.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>

#include "os/file.hpp"

namespace x1::cli {
namespace {

using base::Code;

struct State {
  State() {
    auto name = (std::filesystem::temp_directory_path() / "x1-cli-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
  }
  ~State() { std::filesystem::remove_all(folder); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  std::string folder;
};

crypto::Secret passphrase(std::string_view text = "correct horse") {
  return crypto::Secret::copy_of(base::as_bytes(text)).value();
}
base::UserId ada() { return base::UserId::parse("ada").value(); }

}  // namespace

TEST_CASE("a key that was made opens with its passphrase, and touches with a counter that rises") {
  const State state;
  const auto made = Authenticator::create(state.folder, ada(), passphrase());
  REQUIRE(made.ok());
  const auto opened = Authenticator::open(state.folder, ada(), passphrase());
  REQUIRE(opened.ok());
  CHECK(opened->passkey() == made->passkey());
  const auto statement = crypto::sha256("shown");
  std::uint32_t last = 0;
  for (int i = 0; i < 3; ++i) {
    const auto counter = policy::verify_assertion(opened->touch(statement).value(), made->passkey(), statement);
    REQUIRE(counter.ok());
    CHECK(*counter > last);
    last = *counter;
  }
}

TEST_CASE("another passphrase, another person's file and a changed file open nothing") {
  const State state;
  REQUIRE(Authenticator::create(state.folder, ada(), passphrase()).ok());
  CHECK(Authenticator::open(state.folder, ada(), passphrase("correct house")).error().code == Code::forbidden);
  const auto bob = base::UserId::parse("bob").value();
  CHECK(Authenticator::open(state.folder, bob, passphrase()).error().code == Code::passkey_required);
  const auto path = state.folder + "/passkeys/ada.key";
  std::filesystem::copy_file(path, state.folder + "/passkeys/bob.key");
  CHECK(Authenticator::open(state.folder, bob, passphrase()).error().code == Code::forbidden);
  auto bytes = os::read_file(path).value();
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  REQUIRE(os::write_file(path, bytes, 0600).ok());
  CHECK(Authenticator::open(state.folder, ada(), passphrase()).error().code == Code::forbidden);
}

TEST_CASE("a key is the person's alone, is made once, and wants a passphrase that is one") {
  const State state;
  CHECK(Authenticator::create(state.folder, ada(), passphrase("short")).error().code == Code::invalid_request);
  CHECK_FALSE(Authenticator::exists(state.folder, ada()));
  REQUIRE(Authenticator::create(state.folder, ada(), passphrase()).ok());
  CHECK(Authenticator::create(state.folder, ada(), passphrase()).error().code == Code::conflict);
  struct stat found{};
  REQUIRE(::stat((state.folder + "/passkeys/ada.key").c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0600);
  REQUIRE(::stat((state.folder + "/passkeys").c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0700);
}

}  // namespace x1::cli
