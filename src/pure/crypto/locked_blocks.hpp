// Blocks of locked memory for secrets. Getting one from the kernel and giving it back (map, lock, guard, unmap) costs
// more than a signature, so a few stay mapped for the next secret: locked and guarded still, and wiped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace x1::crypto {

inline constexpr std::size_t locked_block_bytes = 4080;  // with libsodium's canary, one page
inline constexpr std::size_t most_spare_blocks = 16;

// `size` zero bytes that end at a guard page; empty when no memory is to be had. They go back by give_back_locked.
[[nodiscard]] std::span<std::uint8_t> take_locked(std::size_t size) noexcept;
// Wipes them first. Takes exactly what take_locked gave.
void give_back_locked(std::span<std::uint8_t> bytes) noexcept;

}  // namespace x1::crypto
