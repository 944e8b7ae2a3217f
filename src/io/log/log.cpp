#include "log/log.hpp"

#include <unistd.h>

#include <array>

#include "base/encoding.hpp"

namespace x1::log {
namespace {

constexpr std::size_t max_line_bytes = 1024;

void append_escaped(std::string_view text, std::string& line) {
  for (const char c : text) {
    if (line.size() >= max_line_bytes) {
      line += "…";
      return;
    }
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (c >= ' ' && c < '\x7f') {
      line += c;
    } else {
      const std::array byte{static_cast<std::uint8_t>(c)};
      line += "\\x" + base::hex_encode(byte);
    }
  }
}

}  // namespace

std::string_view to_string(Level level) noexcept {
  switch (level) {
    case Level::info: return "info";
    case Level::warn: return "warn";
    case Level::error: return "error";
  }
  return "error";
}

Field::Field(std::string_view field_name, std::string_view text) : name(field_name), value(text) {}
Field::Field(std::string_view field_name, std::uint64_t number) : name(field_name), value(std::to_string(number)) {}

std::string format(base::TimePoint time, std::string_view program, Level level, std::string_view event, Fields fields) {
  auto line = base::format_time(time);
  line.append(" ").append(program).append(" ").append(to_string(level)).append(" ").append(event);
  for (const auto& field : fields) {
    if (line.size() >= max_line_bytes) break;
    line.append(" ").append(field.name).append("=\"");
    append_escaped(field.value, line);
    line += '"';
  }
  line += '\n';
  return line;
}

void Log::write(Level level, std::string_view event, Fields fields) const {
  const auto line = format(clock_.now(), program_, level, event, fields);
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

void Log::error(std::string_view event, const base::Error& why) const {
  write(Level::error, event, {{"code", base::to_string(why.code)}, {"message", why.message}, {"next", why.next}});
}

}  // namespace x1::log
