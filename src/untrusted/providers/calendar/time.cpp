#include "providers/calendar/time.hpp"

#include <array>
#include <cstdio>

namespace x1::calendar {
namespace {

base::Error not_a_time(std::string_view text) {
  return base::Error{base::Code::invalid_request,
                     "\"" + std::string(text) + "\" is not a time like 2026-11-24T09:00:00+01:00.", ""};
}

// The number that `length` digits at `at` make, or -1.
int digits(std::string_view text, std::size_t at, std::size_t length) {
  if (at + length > text.size()) return -1;
  int value = 0;
  for (const char c : text.substr(at, length)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

// "Z" or "+hh:mm" or "-hh:mm", in seconds; nothing else is an offset.
base::Result<std::chrono::minutes> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return std::chrono::minutes(0);
  const int hours = digits(text, 1, 2);
  const int minutes = digits(text, 4, 2);
  const bool shaped = text.size() == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':';
  if (!shaped || hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return not_a_time(text);
  const std::chrono::minutes offset(hours * 60 + minutes);
  return text[0] == '-' ? -offset : offset;
}

struct Parts {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<std::chrono::seconds> clock;
};

Parts parts_of(Seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  return {std::chrono::year_month_day(day), std::chrono::hh_mm_ss<std::chrono::seconds>(time - day)};
}

std::string print(const char* date_format, const char* clock_format, Seconds time) {
  const auto [date, clock] = parts_of(time);
  std::array<char, 64> day{};
  std::array<char, 64> hour{};
  std::snprintf(day.data(), day.size(), date_format, static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  std::snprintf(hour.data(), hour.size(), clock_format, static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
  return std::string(day.data()) + hour.data();
}

}  // namespace

base::Result<Seconds> parse_rfc3339(std::string_view text) {
  constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() < shape.size() + 1) return not_a_time(text);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool same = shape[i] == 'd' || text[i] == shape[i] || (shape[i] == 'T' && text[i] == 't');
    if (!same) return not_a_time(text);
  }
  const std::chrono::year_month_day date{std::chrono::year(digits(text, 0, 4)),
                                         std::chrono::month(static_cast<unsigned>(digits(text, 5, 2))),
                                         std::chrono::day(static_cast<unsigned>(digits(text, 8, 2)))};
  const int hour = digits(text, 11, 2);
  const int minute = digits(text, 14, 2);
  const int second = digits(text, 17, 2);
  std::string_view rest = text.substr(shape.size());
  if (rest.starts_with('.')) {
    const auto end = rest.find_first_not_of("0123456789", 1);
    if (end == std::string_view::npos || end == 1) return not_a_time(text);
    rest.remove_prefix(end);
  }
  const auto offset = parse_offset(rest);
  const bool numbers = digits(text, 0, 4) >= 0 && digits(text, 5, 2) >= 0 && digits(text, 8, 2) >= 0;
  if (!numbers || !date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 ||
      !offset.ok()) {
    return not_a_time(text);
  }
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) - *offset;
}

std::string format_rfc3339(Seconds time) { return print("%04d-%02u-%02u", "T%02d:%02d:%02dZ", time); }
std::string format_date(Seconds time) { return format_rfc3339(time).substr(0, 10); }
std::string format_ical(Seconds time) { return print("%04d%02u%02u", "T%02d%02d%02dZ", time); }

}  // namespace x1::calendar
