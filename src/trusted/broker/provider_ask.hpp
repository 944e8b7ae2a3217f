// What a provider is asked over the bus, and the ticket that goes with it. Format: schema/bus.md.
#pragma once

#include <string>
#include <vector>

#include "broker/turns.hpp"
#include "policy/tokens.hpp"
#include "seam/dialer.hpp"
#include "wire/value.hpp"

namespace x1::broker {

// How large a provider's opaque state may be.
inline constexpr std::size_t max_state_bytes = 16 * 1024;

struct ProviderAsk {
  const policy::Ticket& ticket;
  std::string_view signed_ticket;
  const wire::Value& arguments;
  std::string_view url;                           // of the connection, or of the part of it that the call is for
  std::string_view state;                         // empty in the first round
  std::span<const seam::dialer::Answer> answers;  // of the round before
};

// The message's bytes: one JSON object.
[[nodiscard]] std::string encode(const ProviderAsk& ask);

}  // namespace x1::broker
