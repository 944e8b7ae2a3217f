// Whatever the calendar server sends: it is read or refused within its bounds, listing it does not end the process, and
// what a change makes of it can be read again.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "providers/calendar/change.hpp"
#include "providers/calendar/events.hpp"
#include "providers/calendar/object.hpp"

using namespace x1;
using namespace x1::calendar;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static_cast<void>(parse_multistatus(base::as_text(std::span(data, size))));
  const Resource resource{"/a/1.ics", "\"1\"", std::string(base::as_text(std::span(data, size)))};
  if (const auto object = Object::parse(resource.data); object.ok()) {
    const auto again = Object::parse(object->text());
    X1_CHECK(again.ok());
    X1_CHECK(again->text() == object->text());
  }
  static_cast<void>(master_event(resource));
  const auto start = *parse_rfc3339("2026-11-01T00:00:00Z");
  const auto listed = Expansion(start, start + std::chrono::days(30)).of(resource);
  Details details;
  details.summary = "changed";
  const auto changed = changed_object(resource, details, std::nullopt);
  if (changed.ok()) X1_CHECK(master_event({resource.href, resource.etag, *changed}).ok());
  if (!listed.ok() || listed->empty() || listed->front().recurrence_text.empty()) return 0;
  const auto occurrence = parse_when(listed->front().recurrence_text);
  if (!occurrence.ok()) return 0;
  static_cast<void>(changed_object(resource, details, *occurrence));
  static_cast<void>(without_occurrence(resource, *occurrence));
  return 0;
}
