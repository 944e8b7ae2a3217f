// FollowedEvents: a session's events, with the stream opened again where it broke off.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/api_client.hpp"

namespace x1::cli {

class FollowedEvents {
 public:
  static constexpr int most_retries = 20;  // half a second apart: a restart of the API takes less

  FollowedEvents(ApiClient api, std::string session, std::uint64_t after = 0)
      : api_(std::move(api)), session_(std::move(session)), last_(after) {}

  // For poll(); -1 while there is no stream: call `read` then, it waits half a second and tries to open one.
  [[nodiscard]] int descriptor() const noexcept { return stream_ ? stream_->descriptor() : -1; }
  // What has come, each event once and in order. Fails when the stream could not be had for ten seconds.
  [[nodiscard]] base::Result<std::vector<Event>> read();

 private:
  [[nodiscard]] base::Status reopen();
  ApiClient api_;
  std::string session_;
  std::uint64_t last_;
  int failures_ = 0;
  std::optional<EventStream> stream_;
};

}  // namespace x1::cli
