// SessionRecord: what must be known of a session's workspace after the session has ended.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "launch/layout.hpp"

namespace x1::launch {

struct SessionRecord {
  std::string folder;           // the person's, under the overlay; empty: none
  std::uint32_t agent_uid = 0;  // who owns what the agent wrote, as the supervisor sees it
  bool operator==(const SessionRecord&) const = default;
};

[[nodiscard]] base::Status write_record(const SessionLayout& at, const SessionRecord& record);
[[nodiscard]] base::Result<SessionRecord> read_record(const SessionLayout& at);

}  // namespace x1::launch
