// POST /sessions/{session}/turns/{turn}/close: the turn ends; one that waits is never opened.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::close_turn {

struct Input {
  SessionId session;
  std::uint64_t turn = 0;
};
[[nodiscard]] Input read(const Arguments& arguments);
// Fails with not_found, forbidden (another person's turn) or conflict (closed already).
[[nodiscard]] base::Result<Turn> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::close_turn
