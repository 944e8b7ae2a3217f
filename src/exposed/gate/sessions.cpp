#include "gate/sessions.hpp"

#include <sys/random.h>

#include <array>
#include <cstdint>

#include "base/check.hpp"
#include "base/encoding.hpp"

namespace x1::gate {

std::string new_session_id() {
  std::array<std::uint8_t, 16> bytes{};
  X1_CHECK(::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  return base::hex_encode(bytes);
}

}  // namespace x1::gate
