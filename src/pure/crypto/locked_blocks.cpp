#include "crypto/locked_blocks.hpp"

#include <sodium.h>

#include <array>
#include <mutex>

namespace x1::crypto {
namespace {

using Block = std::span<std::uint8_t>;

// The process's; secrets begin and end in any thread. No behaviour at the start or the end of the program: what is
// spare then goes with it.
struct Spare {
  std::mutex mutex;
  std::array<std::uint8_t*, most_spare_blocks> blocks{};
  std::size_t count = 0;
};
constinit Spare spare;

std::uint8_t* spare_block() noexcept {
  const std::scoped_lock lock(spare.mutex);
  return spare.count == 0 ? nullptr : spare.blocks.at(--spare.count);
}

bool keep_spare(std::uint8_t* block) noexcept {
  const std::scoped_lock lock(spare.mutex);
  if (spare.count == spare.blocks.size()) return false;
  spare.blocks.at(spare.count++) = block;
  return true;
}

// libsodium locks the pages, keeps them out of core dumps and puts guard pages around them.
std::uint8_t* fresh(std::size_t size) noexcept { return static_cast<std::uint8_t*>(sodium_malloc(size)); }

#pragma clang unsafe_buffer_usage begin  // libsodium gives a pointer, and takes the same one back
Block block_at(std::uint8_t* start, std::size_t size) noexcept { return {start, size}; }
std::uint8_t* start_of_block(Block end) noexcept { return end.data() + end.size() - locked_block_bytes; }
#pragma clang unsafe_buffer_usage end

}  // namespace

std::span<std::uint8_t> take_locked(std::size_t size) noexcept {
  const bool fits = size <= locked_block_bytes;
  const std::size_t whole = fits ? locked_block_bytes : size;
  if (auto* const kept = fits ? spare_block() : nullptr; kept != nullptr) return block_at(kept, whole).last(size);
  auto* const start = fresh(whole);
  if (start == nullptr) return {};
  // All of it: the secret that has the block next may be longer than this one.
  const auto block = block_at(start, whole);
  sodium_memzero(block.data(), block.size());
  return block.last(size);
}

void give_back_locked(std::span<std::uint8_t> bytes) noexcept {
  if (bytes.size() > locked_block_bytes) return sodium_free(bytes.data());  // wipes
  sodium_memzero(bytes.data(), bytes.size());
  auto* const start = start_of_block(bytes);
  if (!keep_spare(start)) sodium_free(start);
}

}  // namespace x1::crypto
