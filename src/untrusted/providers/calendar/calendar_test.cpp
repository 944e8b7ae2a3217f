#include "providers/calendar/calendar.hpp"

#include <doctest/doctest.h>
#include <algorithm>

#include "providers/calendar/events.hpp"

namespace x1::calendar {
namespace {

using provider::Answer;
using provider::Call;
using provider::Failed;
using provider::Finished;
using provider::Wants;

Call call(std::string tool, wire::Value::Object arguments, std::vector<Answer> answers = {}) {
  return {provider::Mode::run,
          std::move(tool),
          std::move(arguments),
          {{wire::Scheme::https, "cal.example", 443}, "/ada/work/", ""},
          "",
          std::move(answers)};
}

wire::Value::Object november() { return {{"start", "2026-11-01T00:00:00Z"}, {"end", "2026-12-01T00:00:00Z"}}; }
wire::Value::Object lunch() {
  return {{"summary", "Lunch"}, {"start", "2026-11-24T12:00:00Z"}, {"end", "2026-11-24T13:00:00Z"}};
}

std::string multistatus(const std::string& data) {
  return "<multistatus><response><href>/ada/work/1.ics</href><getetag>\"1\"</getetag><calendar-data>" + data +
         "</calendar-data></response></multistatus>";
}

TEST_CASE("listing asks for one REPORT on the calendar, then tells the events in order") {
  const auto first = handle(call("calendar_list_events", november()));
  const auto* wants = std::get_if<Wants>(&first);
  REQUIRE(wants != nullptr);
  REQUIRE(wants->requests.size() == 1);
  CHECK(wants->requests[0].method == wire::Method::report);
  CHECK(wants->requests[0].target == "/ada/work/");

  const auto data = to_icalendar(
      {"u", "Lunch", "", "", *parse_rfc3339("2026-11-24T12:00:00Z"), *parse_rfc3339("2026-11-24T13:00:00Z")});
  const auto second = handle(call("calendar_list_events", november(), {{207, {}, multistatus(data)}}));
  const auto* finished = std::get_if<Finished>(&second);
  REQUIRE(finished != nullptr);
  const auto* events = finished->result.find("events");
  REQUIRE(events != nullptr);
  REQUIRE(events->array()->size() == 1);
  CHECK(*events->array()->front().find_string("summary") == "Lunch");
  CHECK(finished->result.find("unreadable") == nullptr);
}

TEST_CASE("one broken object is counted and hides nothing") {
  const auto reply = handle(call("calendar_list_events", november(), {{207, {}, multistatus("BEGIN:NONSENSE")}}));
  const auto* finished = std::get_if<Finished>(&reply);
  REQUIRE(finished != nullptr);
  CHECK(*finished->result.find_integer("unreadable") == 1);
}

TEST_CASE("a plan is the same when it is made again") {
  CHECK(encode_reply(handle(call("calendar_create_event", lunch()))) ==
        encode_reply(handle(call("calendar_create_event", lunch()))));
}

TEST_CASE("creating is one PUT that replaces nothing") {
  const auto reply = handle(call("calendar_create_event", lunch()));
  const auto* wants = std::get_if<Wants>(&reply);
  REQUIRE(wants != nullptr);
  REQUIRE(wants->requests.size() == 1);
  const auto& put = wants->requests[0];
  CHECK(put.method == wire::Method::put);
  CHECK(put.target.starts_with("/ada/work/"));
  CHECK(put.target.ends_with(".ics"));
  CHECK(std::ranges::count(put.headers, wire::Header{"if-none-match", "*"}) == 1);
}

TEST_CASE("creating the same event twice is a conflict") {
  const auto reply = handle(call("calendar_create_event", lunch(), {{412, {}, ""}}));
  REQUIRE(std::holds_alternative<Failed>(reply));
  CHECK(std::get<Failed>(reply).code == base::Code::conflict);
}

TEST_CASE("an href outside the calendar is refused before anything is asked for") {
  for (const auto* href : {"/ada/private/1.ics", "/ada/work/../private/1.ics", "https://evil.example/ada/work/1.ics",
                           "/ada/work/", "/ada/workshop/1.ics", "/ada/work/1.ics?x"}) {
    CAPTURE(href);
    CHECK(std::holds_alternative<Failed>(handle(call("calendar_get_event", {{"href", href}}))));
  }
  CHECK(std::holds_alternative<Wants>(handle(call("calendar_get_event", {{"href", "/ada/work/1.ics"}}))));
}

TEST_CASE("an event is found by its exact UID even if the server matches loosely") {
  const auto data = to_icalendar(
      {"abc", "Lunch", "", "", *parse_rfc3339("2026-11-24T12:00:00Z"), *parse_rfc3339("2026-11-24T13:00:00Z")});
  CHECK(std::holds_alternative<Finished>(
      handle(call("calendar_get_event", {{"uid", "abc"}}, {{207, {}, multistatus(data)}}))));
  CHECK(std::holds_alternative<Failed>(
      handle(call("calendar_get_event", {{"uid", "ab"}}, {{207, {}, multistatus(data)}}))));
}

TEST_CASE("wrong arguments and unknown tools fail with a sentence") {
  CHECK(std::holds_alternative<Failed>(handle(call("calendar_list_events", {}))));
  CHECK(std::holds_alternative<Failed>(
      handle(call("calendar_list_events", {{"start", "2026-11-02T00:00:00Z"}, {"end", "2026-11-01T00:00:00Z"}}))));
  CHECK(std::holds_alternative<Failed>(handle(call("calendar_get_event", {{"href", "/a"}, {"uid", "b"}}))));
  CHECK(std::holds_alternative<Failed>(handle(call("calendar_drop_everything", {}))));
}

}  // namespace
}  // namespace x1::calendar
