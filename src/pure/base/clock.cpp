#include "base/clock.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace x1::base {
namespace {

Error not_a_time() { return Error{Code::invalid_request, "A time is written like 2026-11-24T19:55:28.000Z.", ""}; }

bool read_number(std::string_view text, std::size_t at, std::size_t length, int& out) {
  int value = 0;
  for (std::size_t i = at; i < at + length; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  out = value;
  return true;
}

}  // namespace

std::string format_time(TimePoint time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  std::array<char, 64> buffer{};
  const int length =
      std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                    static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return std::string(buffer.data(), static_cast<std::size_t>(length));
}

Result<TimePoint> parse_time(std::string_view text) {
  constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd.dddZ";
  if (text.size() != form.size()) return not_a_time();
  for (std::size_t i = 0; i < form.size(); ++i) {
    if (form[i] != 'd' && form[i] != text[i]) return not_a_time();
  }
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, milli = 0;
  const bool digits = read_number(text, 0, 4, year) && read_number(text, 5, 2, month) && read_number(text, 8, 2, day) &&
                      read_number(text, 11, 2, hour) && read_number(text, 14, 2, minute) &&
                      read_number(text, 17, 2, second) && read_number(text, 20, 3, milli);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!digits || !date.ok() || hour > 23 || minute > 59 || second > 59) return not_a_time();
  return TimePoint(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + std::chrono::milliseconds(milli);
}

std::int64_t to_unix_seconds(TimePoint time) noexcept {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

TimePoint from_unix_seconds(std::int64_t seconds) noexcept { return TimePoint(std::chrono::seconds(seconds)); }

}  // namespace x1::base
