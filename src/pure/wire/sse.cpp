#include "wire/sse.hpp"

#include <algorithm>
#include <utility>

namespace x1::wire {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

void append_field(std::string_view name, std::string_view value, std::string& out) {
  const auto breaks = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
  X1_CHECK(std::ranges::none_of(value, breaks));
  out.append(name).append(": ").append(value).append("\n");
}

}  // namespace

std::string serialise(const ServerSentEvent& event) {
  std::string out;
  out.reserve(event.data.size() + event.id.size() + event.event.size() + 32);
  if (!event.id.empty()) append_field("id", event.id, out);
  if (!event.event.empty()) append_field("event", event.event, out);
  std::string_view rest = event.data;
  while (true) {
    const auto end = std::min(rest.find_first_of("\r\n"), rest.size());
    out.append("data: ").append(rest.substr(0, end)).append("\n");
    if (end == rest.size()) break;
    rest.remove_prefix(end + (rest.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  return out.append("\n");
}

base::Result<std::vector<ServerSentEvent>> SseReader::feed(std::string_view bytes) {
  std::vector<ServerSentEvent> events;
  while (!failed_ && !bytes.empty()) {
    if (std::exchange(after_cr_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const auto end = std::min(bytes.find_first_of("\r\n"), bytes.size());
    failed_ = !append(bytes.substr(0, end));
    if (failed_ || end == bytes.size()) break;
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    if (auto event = take_line()) events.push_back(std::move(*event));
  }
  if (failed_) {
    return base::Error{base::Code::too_large,
                       "An event of the stream is longer than " + std::to_string(max_) + " bytes.", ""};
  }
  return events;
}

bool SseReader::append(std::string_view part) {
  const auto used = held_.size() + event_.data.size() + event_.event.size();
  if (part.size() > max_ - std::min(max_, used)) return false;
  held_.append(part);
  return true;
}

std::optional<ServerSentEvent> SseReader::take_line() {
  std::string_view line = held_;
  if (std::exchange(first_line_, false) && line.starts_with(byte_order_mark))
    line.remove_prefix(byte_order_mark.size());
  std::optional<ServerSentEvent> complete;
  if (line.empty()) {
    if (std::exchange(has_data_, false)) complete = event_;
    event_.event.clear();
    event_.data.clear();
  } else {
    const auto name = line.substr(0, line.find(':'));
    auto value = line.substr(std::min(line.size(), name.size() + 1));
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (name == "data") {
      if (std::exchange(has_data_, true)) event_.data.push_back('\n');
      event_.data.append(value);
    } else if (name == "event") {
      event_.event = value;
    } else if (name == "id" && value.find('\0') == std::string_view::npos) {
      event_.id = value;
    }
  }
  held_.clear();
  return complete;
}

}  // namespace x1::wire
