// Diagnostics for whoever runs the machine: one line an event on stderr. A log is not an audit: nothing is proved by
// it, and a line may be lost. Never give it a secret, a body, or a header; ids, codes, counts and addresses are fine.
//
//   2026-11-24T19:55:28.000Z x1-gate warn connection.refused reason="64 are open"
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace x1::log {

enum class Level { info, warn, error };
[[nodiscard]] std::string_view to_string(Level level) noexcept;

struct Field {
  Field(std::string_view field_name, std::string_view text);
  Field(std::string_view field_name, std::uint64_t number);
  std::string_view name;
  std::string value;
};
using Fields = std::initializer_list<Field>;

// The line, with its newline. Values are quoted; control characters, quotes and bytes that are not ASCII are written
// as escapes, so that what an agent or an upstream said can't draw on a terminal. Longer than 1 KiB is cut with "…".
[[nodiscard]] std::string format(base::TimePoint time, std::string_view program, Level level, std::string_view event,
                                 Fields fields);

// Writes to stderr in one call, in the name of one program. A line that can't be written is dropped.
class Log {
 public:
  // `program` and `clock` must outlive the log.
  Log(std::string_view program, const base::Clock& clock) : program_(program), clock_(clock) {}
  void info(std::string_view event, Fields fields = {}) const { write(Level::info, event, fields); }
  void warn(std::string_view event, Fields fields = {}) const { write(Level::warn, event, fields); }
  void error(std::string_view event, Fields fields = {}) const { write(Level::error, event, fields); }
  void error(std::string_view event, const base::Error& why) const;

 private:
  void write(Level level, std::string_view event, Fields fields) const;
  std::string_view program_;
  const base::Clock& clock_;
};

}  // namespace x1::log
