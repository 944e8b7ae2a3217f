#include "providers/calendar/object.hpp"

#include <algorithm>
#include <cctype>

namespace x1::calendar {
namespace {

constexpr std::size_t max_object_bytes = 1 << 20;
constexpr std::size_t max_nesting = 8;
constexpr std::size_t fold_at = 75;

base::Error malformed(std::string_view why) {
  return base::Error{base::Code::upstream_error, "The event on the server is not valid iCalendar: " + std::string(why),
                     ""};
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

bool is_fold(char c) { return c == ' ' || c == '\t'; }

std::string unfolded(std::string_view physical) {
  std::string out;
  for (std::size_t at = 0; at < physical.size();) {
    const auto end = physical.find("\r\n", at);
    if (end == std::string_view::npos) return out.append(physical.substr(at));
    out.append(physical.substr(at, end - at));
    at = end + 3;  // the line end, and the blank that says that the line goes on
  }
  return out;
}

// Where the name and its parameters end: at the first ':' outside quotes.
std::size_t colon_of(std::string_view logical) {
  bool quoted = false;
  for (std::size_t i = 0; i < logical.size(); ++i) {
    if (logical[i] == '"') quoted = !quoted;
    if (logical[i] == ':' && !quoted) return i;
  }
  return std::string_view::npos;
}

std::string folded(std::string_view logical) {
  std::string out;
  std::size_t column = 0;
  for (std::size_t at = 0; at < logical.size();) {
    std::size_t length = 1;
    while (at + length < logical.size() && (static_cast<unsigned char>(logical[at + length]) & 0xC0U) == 0x80U)
      ++length;
    if (column + length > fold_at) {
      out.append("\r\n ");
      column = 1;
    }
    out.append(logical.substr(at, length));
    column += length;
    at += length;
  }
  return out;
}

std::vector<Line> lines_of(std::string_view text) {
  std::vector<std::string> physical;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (one.ends_with('\r')) one.remove_suffix(1);
    if (one.empty()) continue;
    if (is_fold(one.front()) && !physical.empty()) {
      physical.back().append("\r\n").append(one);
    } else {
      physical.emplace_back(one);
    }
  }
  std::vector<Line> lines;
  for (auto& each : physical)
    lines.emplace_back(std::move(each));
  return lines;
}

// Reads the lines of one object into its parts.
class Reader {
 public:
  base::Status take(const Line& line) {
    const bool begins = line.name() == "BEGIN";
    const bool ends = line.name() == "END";
    if (open_.empty()) return outside(line, begins);
    if (ends && open_.back() != upper(line.value())) return malformed("a component is not closed.");
    if (open_.size() == 1) return in_calendar(line, begins, ends);
    if (begins) open_.push_back(upper(line.value()));
    if (open_.size() > max_nesting) return malformed("it is nested too deep.");
    if (open_.size() > 2 || !ends) part_.rows.push_back({line, open_.size() > 2});
    if (ends) open_.pop_back();
    if (open_.size() == 1) object_.members.emplace_back(std::exchange(part_, {}));
    return base::Done{};
  }
  base::Result<Object> finish() {
    if (!done_) return malformed("the calendar is not closed.");
    return std::move(object_);
  }

 private:
  base::Status outside(const Line& line, bool begins) {
    if (done_ || !begins || upper(line.value()) != "VCALENDAR") return malformed("it is not one calendar.");
    open_.emplace_back("VCALENDAR");
    return base::Done{};
  }
  base::Status in_calendar(const Line& line, bool begins, bool ends) {
    if (ends) {
      done_ = true;
      open_.clear();
    } else if (begins) {
      open_.push_back(upper(line.value()));
      part_.kind = open_.back();
    } else {
      object_.members.emplace_back(line);
    }
    return base::Done{};
  }
  Object object_;
  Part part_;
  std::vector<std::string> open_;
  bool done_ = false;
};

void append(std::string& out, const Line& line) { out.append(line.physical()).append("\r\n"); }

}  // namespace

Line::Line(std::string physical) : physical_(std::move(physical)), logical_(unfolded(physical_)) {
  name_ = upper(logical_.substr(0, std::min(logical_.find_first_of(";:"), logical_.size())));
}

Line Line::make(std::string_view name_and_parameters, std::string_view value) {
  return Line(folded(std::string(name_and_parameters) + ":" + std::string(value)));
}

std::string_view Line::value() const {
  const auto colon = colon_of(logical_);
  return colon == std::string_view::npos ? std::string_view() : std::string_view(logical_).substr(colon + 1);
}

std::string Line::parameter(std::string_view name) const {
  const auto head = std::string_view(logical_).substr(0, std::min(colon_of(logical_), logical_.size()));
  const auto wanted = ";" + upper(name) + "=";
  bool quoted = false;
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (head[i] == '"') quoted = !quoted;
    if (quoted || upper(head.substr(i, wanted.size())) != wanted) continue;
    auto rest = head.substr(i + wanted.size());
    if (rest.starts_with('"')) return std::string(rest.substr(1, rest.find('"', 1) - 1));
    return std::string(rest.substr(0, rest.find(';')));
  }
  return "";
}

const Line* Part::find(std::string_view name) const {
  const auto found = std::ranges::find_if(rows, [&](const Row& row) { return !row.inner && row.line.name() == name; });
  return found == rows.end() ? nullptr : &found->line;
}

void Part::set(const Line& line) {
  const auto is_it = [&](const Row& row) { return !row.inner && row.line.name() == line.name(); };
  const auto first = std::ranges::find_if(rows, is_it);
  if (first == rows.end()) return add(line);
  first->line = line;
  rows.erase(std::remove_if(first + 1, rows.end(), is_it), rows.end());
}

void Part::add(Line line) {
  const auto inner = std::ranges::find_if(rows, &Row::inner);
  rows.insert(inner, Row{std::move(line), false});
}

void Part::erase(std::string_view name) {
  std::erase_if(rows, [&](const Row& row) { return !row.inner && row.line.name() == name; });
}

base::Result<Object> Object::parse(std::string_view text) {
  if (text.size() > max_object_bytes) return base::Error{base::Code::too_large, "The event is larger than 1 MiB.", ""};
  Reader reader;
  for (const auto& line : lines_of(text)) {
    X1_TRY(taken, reader.take(line));
    static_cast<void>(taken);
  }
  return reader.finish();
}

std::string Object::text() const {
  std::string out = "BEGIN:VCALENDAR\r\n";
  for (const auto& member : members) {
    if (const auto* line = std::get_if<Line>(&member)) {
      append(out, *line);
      continue;
    }
    const auto& part = std::get<Part>(member);
    out.append("BEGIN:").append(part.kind).append("\r\n");
    for (const auto& row : part.rows)
      append(out, row.line);
    out.append("END:").append(part.kind).append("\r\n");
  }
  return out.append("END:VCALENDAR\r\n");
}

std::vector<Part*> Object::events() {
  std::vector<Part*> found;
  for (auto& member : members) {
    auto* part = std::get_if<Part>(&member);
    if (part != nullptr && part->kind == "VEVENT") found.push_back(part);
  }
  return found;
}

bool Object::has_zone(std::string_view tzid) const {
  return std::ranges::any_of(members, [&](const auto& member) {
    const auto* part = std::get_if<Part>(&member);
    if (part == nullptr || part->kind != "VTIMEZONE") return false;
    const auto* line = part->find("TZID");
    return line != nullptr && line->value() == tzid;
  });
}

void Object::add_zone(Part zone) {
  const auto first = std::ranges::find_if(members, [](const auto& member) {
    const auto* part = std::get_if<Part>(&member);
    return part != nullptr && part->kind == "VEVENT";
  });
  members.emplace(first, std::move(zone));
}

void Object::erase(const Part* part) {
  std::erase_if(members, [&](const auto& member) { return std::get_if<Part>(&member) == part; });
}

std::string escape_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == ';' || c == ',') out.push_back('\\');
    if (c == '\n') {
      out.append("\\n");
    } else if (c != '\r') {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace x1::calendar
