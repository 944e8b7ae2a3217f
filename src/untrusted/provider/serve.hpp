// The loop of a provider: one request at a time from the bus, one reply each.
#pragma once

#include <string>

#include "base/result.hpp"
#include "provider/call.hpp"

namespace x1::provider {

struct Options {
  std::string bus = "nats://127.0.0.1:4222";
  std::string session;      // an id
  std::string domain;       // "calendar"
  std::string credentials;  // text of a .creds file
};

// --session ID --credentials FD, and --bus URL for tests. Reads the credentials from the descriptor.
[[nodiscard]] base::Result<Options> options_from(int argc, char** argv, std::string domain);

// Serves until SIGTERM, or until the bus is gone for good. Nothing is retried on the caller's behalf: an unanswered
// request times out at the broker, which says so to the agent.
[[nodiscard]] base::Status serve(const Options& options, const Handler& handler);

}  // namespace x1::provider
