// A calendar object as the lines that it consists of (RFC 5545, section 3.1). A change touches the lines that it means
// to change; every other line, known or unknown, stays as it came, to the byte.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace x1::calendar {

// One content line. It may be folded over several lines of text.
class Line {
 public:
  // As it stands in an object: without its last line end.
  explicit Line(std::string physical);
  // NAME;PARAMETERS and a value that is escaped already; folded after 75 bytes, never within a character.
  static Line make(std::string_view name_and_parameters, std::string_view value);

  [[nodiscard]] const std::string& physical() const noexcept { return physical_; }
  [[nodiscard]] const std::string& logical() const noexcept { return logical_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }  // in upper case
  [[nodiscard]] std::string_view value() const;
  // "" when there is no such parameter; without its quotes.
  [[nodiscard]] std::string parameter(std::string_view name) const;
  bool operator==(const Line& other) const { return physical_ == other.physical_; }

 private:
  std::string physical_;
  std::string logical_;
  std::string name_;
};

// A component of the calendar: an event, a time zone, …
struct Part {
  struct Row {
    Line line;
    bool inner = false;  // of a component inside this one, as an alarm
    bool operator==(const Row&) const = default;
  };
  std::string kind;  // "VEVENT"
  std::vector<Row> rows;

  // The first own line of that name, or null. Valid until the next change.
  [[nodiscard]] const Line* find(std::string_view name) const;
  // Puts the line where the first of its name stood, or behind the own lines; the others of its name go.
  void set(const Line& line);
  void add(Line line);
  void erase(std::string_view name);
};

struct Object {
  std::vector<std::variant<Line, Part>> members;  // between BEGIN:VCALENDAR and END:VCALENDAR

  // Exactly one VCALENDAR of at most 1 MiB whose components are closed. Either line end is taken.
  [[nodiscard]] static base::Result<Object> parse(std::string_view text);
  // With CR LF after every line.
  [[nodiscard]] std::string text() const;

  // The events in their order. Valid until a part is added or erased.
  [[nodiscard]] std::vector<Part*> events();
  [[nodiscard]] bool has_zone(std::string_view tzid) const;
  // Before the first event.
  void add_zone(Part zone);
  void add_event(Part event) { members.emplace_back(std::move(event)); }
  void erase(const Part* part);
};

// For the value of a text property: backslash, semicolon, comma and newline escaped.
[[nodiscard]] std::string escape_text(std::string_view text);

}  // namespace x1::calendar
