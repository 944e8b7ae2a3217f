// Secret: bytes that must not leak by accident. Held in locked, guarded memory that core dumps leave out, wiped when
// it ends, move-only, and without any way to print, compare or copy it other than expose().
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace x1::crypto {

class Secret {
 public:
  // An empty secret.
  Secret() noexcept = default;
  // Takes a copy of the bytes. The caller wipes its own copy (see wipe). Fails when no memory can be locked.
  [[nodiscard]] static base::Result<Secret> copy_of(base::BytesView bytes);
  // A secret of `size` zero bytes, to be filled through `fill`.
  [[nodiscard]] static base::Result<Secret> of_size(std::size_t size);

  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
  // The bytes themselves. Only vault/, dialer/ and the code that signs or seals may call this; a test holds it.
  [[nodiscard]] base::BytesView expose() const noexcept;
  // Room to write into, for readers of files and sockets.
  [[nodiscard]] std::span<std::uint8_t> fill() noexcept;

 private:
  std::span<std::uint8_t> bytes_;  // of locked_blocks
};

// Overwrites the bytes in a way that the compiler can't leave out.
void wipe(std::span<std::uint8_t> bytes) noexcept;

}  // namespace x1::crypto
