#include "crypto/secret.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <algorithm>
#include <type_traits>

#include "crypto/locked_blocks.hpp"
#include "crypto/random.hpp"
#include "crypto/sealed_box.hpp"

namespace x1::crypto {
namespace {

template <class T>
concept printable = requires(std::ostream& out, const T& value) { out << value; };
template <class T>
concept comparable = requires(const T& a, const T& b) { a == b; };

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret>);
static_assert(!printable<Secret> && !comparable<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string_view> && !std::is_convertible_v<Secret, std::string>);

Secret secret_of(std::string_view text) {
  auto secret = Secret::copy_of(base::as_bytes(text));
  REQUIRE(secret.ok());
  return std::move(secret).value();
}

struct Counting final : Random {
  std::uint8_t next = 0;
  void fill(std::span<std::uint8_t> bytes) override {
    for (auto& byte : bytes)
      byte = next++;
  }
};

}  // namespace

TEST_CASE("a secret holds its bytes, and gives them up when it is moved") {
  auto secret = secret_of("hunter2");
  CHECK(base::as_text(secret.expose()) == "hunter2");
  const Secret moved(std::move(secret));
  CHECK(moved.size() == 7);
  CHECK(Secret().size() == 0);
  const auto zero = Secret::of_size(8);
  REQUIRE(zero.ok());
  CHECK(std::ranges::all_of(zero->expose(), [](auto byte) { return byte == 0; }));
}

TEST_CASE("the memory of a secret that ended comes back locked and wiped, and ends at its guard page") {
  const auto* before = secret_of("the first secret of all").expose().data();
  const auto next = Secret::of_size(std::string_view("the first secret of all").size());
  REQUIRE(next.ok());
  CHECK(next->expose().data() == before);
  CHECK(std::ranges::all_of(next->expose(), [](auto byte) { return byte == 0; }));
  for (const std::size_t size : {std::size_t{1}, std::size_t{32}, locked_block_bytes, locked_block_bytes + 1}) {
    const auto secret = Secret::of_size(size);
    REQUIRE(secret.ok());
    const auto end = reinterpret_cast<std::uintptr_t>(secret->expose().data()) + size;
    CHECK(end % 4096 == 0);
  }
}

TEST_CASE("a secret begins as zeros, also in a block that a shorter one had before") {
  for (int round = 0; round < 2; ++round) {
    // More than are kept, so that some of the blocks are new.
    std::vector<Secret> short_ones;
    for (std::size_t i = 0; i < most_spare_blocks + 4; ++i) {
      auto secret = Secret::of_size(8);
      REQUIRE(secret.ok());
      short_ones.push_back(std::move(*secret));
    }
    short_ones.clear();
    std::vector<Secret> long_ones;
    for (std::size_t i = 0; i < most_spare_blocks; ++i) {
      auto secret = Secret::of_size(locked_block_bytes);
      REQUIRE(secret.ok());
      CHECK(std::ranges::all_of(secret->expose(), [](auto byte) { return byte == 0; }));
      long_ones.push_back(std::move(*secret));
    }
  }
}

TEST_CASE("no secret shares memory with another that lives, however many there are and whatever their size") {
  CHECK(rc::check("secrets", [](const std::vector<std::string>& texts) {
    for (int round = 0; round < 2; ++round) {
      std::vector<Secret> secrets;
      for (std::size_t i = 0; i < texts.size() + 40; ++i)
        secrets.push_back(secret_of("s" + std::to_string(i) + (i < texts.size() ? texts[i] : "")));
      for (std::size_t i = 0; i < secrets.size(); ++i)
        RC_ASSERT(base::as_text(secrets[i].expose()) == "s" + std::to_string(i) + (i < texts.size() ? texts[i] : ""));
    }
  }));
}

TEST_CASE("wiped bytes are zero") {
  base::Bytes bytes{1, 2, 3};
  wipe(bytes);
  CHECK(bytes == base::Bytes{0, 0, 0});
}

TEST_CASE("only the owner of a key opens what was sealed to it") {
  const auto owner = BoxKey::generate();
  const auto other = BoxKey::generate();
  REQUIRE(owner.ok());
  REQUIRE(other.ok());
  CHECK(rc::check("boxes", [&](const std::string& text) {
    const auto secret = Secret::copy_of(base::as_bytes(text));
    RC_ASSERT(secret.ok());
    auto box = seal(*secret, owner->public_key());
    RC_ASSERT(box.size() == text.size() + 48);
    const auto opened = owner->open(box);
    RC_ASSERT(opened.ok());
    RC_ASSERT(base::as_text(opened->expose()) == text);
    RC_ASSERT(!other->open(box).ok());
    RC_ASSERT(!owner->open(base::BytesView(box).first(box.size() - 1)).ok());
    box.at(*rc::gen::inRange<std::size_t>(0, box.size())) ^= 1;
    RC_ASSERT(!owner->open(box).ok());
  }));
  CHECK(owner->open({}).error().code == base::Code::invalid_token);
}

TEST_CASE("a box key is written and read back") {
  const auto key = BoxKey::generate();
  REQUIRE(key.ok());
  CHECK(*box_public_key_from_text(to_text(key->public_key())) == key->public_key());
  CHECK(!box_public_key_from_text("AAAA").ok());
  const auto again = BoxKey::from_secret(key->secret());
  REQUIRE(again.ok());
  CHECK(again->public_key() == key->public_key());
  CHECK(!BoxKey::from_secret(secret_of("short")).ok());
}

TEST_CASE("random ids are 128 bits in letters that any id may have") {
  Counting counting;
  CHECK(random_id(counting) == "aaaqeayeaudaocajbifqydiob4");
  SystemRandom random;
  CHECK(random_id(random) != random_id(random));
}

}  // namespace x1::crypto
