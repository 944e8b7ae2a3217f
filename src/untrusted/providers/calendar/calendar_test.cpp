#include "providers/calendar/calendar.hpp"

#include <doctest/doctest.h>
#include <algorithm>
#include <ctime>

#include "providers/calendar/change.hpp"

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

std::string lunch_object(const std::string& uid) {
  Details details;
  details.summary = "Lunch";
  details.start = *parse_when("2026-11-24T12:00:00Z");
  details.end = *parse_when("2026-11-24T13:00:00Z");
  return *new_object(uid, details);
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

  const auto data = lunch_object("u");
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
  const auto data = lunch_object("abc");
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
  CHECK(std::holds_alternative<Failed>(handle(call("calendar_get_event", {{"uid", "a\nb"}}))));
  CHECK(std::holds_alternative<Failed>(handle(call("calendar_drop_everything", {}))));
}

// The answers of one call's rounds, as the broker gives them.
Call round(std::string tool, wire::Value::Object arguments, std::string state, Answer answer) {
  auto made = call(std::move(tool), std::move(arguments), {std::move(answer)});
  made.state = std::move(state);
  return made;
}
const Wants& wanted(const provider::Reply& reply) {
  const auto* wants = std::get_if<Wants>(&reply);
  REQUIRE(wants != nullptr);
  REQUIRE(wants->requests.size() == 1);
  return *wants;
}
base::Code failure(const provider::Reply& reply) {
  REQUIRE(std::holds_alternative<Failed>(reply));
  return std::get<Failed>(reply).code;
}

TEST_CASE("a change reads the event, then names one PUT of the version that it read, and says how it went") {
  const wire::Value::Object change{{"href", "/ada/work/1.ics"}, {"summary", "Munch"}};
  const auto first = handle(call("calendar_update_event", change));
  CHECK(wanted(first).requests[0].method == wire::Method::get);
  CHECK(wanted(first).state == "read");
  const Answer stands{200, {{"etag", "\"v7\""}}, lunch_object("u")};
  const auto second = handle(round("calendar_update_event", change, "read", stands));
  const auto& put = wanted(second).requests[0];
  CHECK(put.method == wire::Method::put);
  CHECK(put.target == "/ada/work/1.ics");
  CHECK(std::ranges::count(put.headers, wire::Header{"if-match", "\"v7\""}) == 1);
  CHECK(put.body.find("SUMMARY:Munch\r\n") != std::string::npos);
  const auto& state = wanted(second).state;
  CHECK(encode_reply(second) == encode_reply(handle(round("calendar_update_event", change, "read", stands))));
  const auto done = handle(round("calendar_update_event", change, state, {204, {{"etag", "\"v8\""}}, ""}));
  REQUIRE(std::holds_alternative<Finished>(done));
  CHECK(*std::get<Finished>(done).result.find_string("etag") == "\"v8\"");
  CHECK(failure(handle(round("calendar_update_event", change, state, {412, {}, ""}))) == base::Code::conflict);
  CHECK(failure(handle(round("calendar_update_event", change, "read", {404, {}, ""}))) == base::Code::not_found);
}

TEST_CASE("a change of another version, or of an event whose version nobody tells, is refused") {
  const Answer stands{200, {{"etag", "\"v7\""}}, lunch_object("u")};
  const wire::Value::Object of_old{{"href", "/ada/work/1.ics"}, {"etag", "\"v6\""}, {"summary", "Munch"}};
  CHECK(failure(handle(round("calendar_update_event", of_old, "read", stands))) == base::Code::conflict);
  const wire::Value::Object change{{"uid", "u"}, {"summary", "Munch"}};
  CHECK(wanted(handle(call("calendar_update_event", change))).requests[0].method == wire::Method::report);
  CHECK(std::holds_alternative<Wants>(
      handle(round("calendar_update_event", change, "read", {207, {}, multistatus(lunch_object("u"))}))));
  const wire::Value::Object by_href{{"href", "/ada/work/1.ics"}, {"summary", "Munch"}};
  CHECK(failure(handle(round("calendar_update_event", by_href, "read", {200, {}, lunch_object("u")}))) ==
        base::Code::upstream_error);
  auto elsewhere = multistatus(lunch_object("u"));
  elsewhere.replace(elsewhere.find("/ada/work/1.ics"), 15, "/ada/private/1.ics");
  CHECK(failure(handle(round("calendar_update_event", change, "read", {207, {}, elsewhere}))) ==
        base::Code::unsupported);
}

TEST_CASE("an event is deleted under its own name only, in the version that was read") {
  const wire::Value::Object lunch_gone{{"href", "/ada/work/1.ics"}, {"summary", "Lunch"}};
  const Answer stands{200, {{"etag", "\"v7\""}}, lunch_object("u")};
  const auto reply = handle(round("calendar_delete_event", lunch_gone, "read", stands));
  CHECK(wanted(reply).requests[0].method == wire::Method::delete_);
  CHECK(wanted(reply).requests[0].headers == std::vector<wire::Header>{{"if-match", "\"v7\""}});
  const wire::Value::Object spam{{"href", "/ada/work/1.ics"}, {"summary", "Spam"}};
  CHECK(failure(handle(round("calendar_delete_event", spam, "read", stands))) == base::Code::conflict);
}

TEST_CASE(
    "a year of 2,000 events on a zone's clock is listed within a second of work; of more, the first are, and it says "
    "so") {
  auto details = Details{};
  details.summary = "Meeting";
  details.zone = "Europe/Berlin";
  details.attendees = {{"bob@example.org", "cy@example.org"}};
  const auto year = [&](int events) {
    std::string responses;
    for (int i = 0; i < events; ++i) {
      const auto day = *parse_rfc3339("2026-01-01T00:00:00Z") + std::chrono::hours(i % 365 * 24);
      details.start = *parse_when(format_date(day) + "T09:00:00");
      details.end = *parse_when(format_date(day) + "T10:00:00");
      responses += "<response><href>/ada/work/" + std::to_string(i) + ".ics</href><getetag>e</getetag><calendar-data>" +
                   *new_object(std::to_string(i), details) + "</calendar-data></response>";
    }
    return "<multistatus>" + responses + "</multistatus>";
  };
  const wire::Value::Object range{{"start", "2026-01-01T00:00:00Z"}, {"end", "2027-01-01T00:00:00Z"}};
  const auto listed = [&](const std::string& body, std::size_t events, bool truncated) {
    const auto reply = handle(call("calendar_list_events", range, {{207, {}, body}}));
    REQUIRE(std::holds_alternative<Finished>(reply));
    const auto& result = std::get<Finished>(reply).result;
    CHECK(result.find("events")->array()->size() == events);
    CHECK((result.find("truncated") != nullptr) == truncated);
  };
  const auto body = year(2000);
  const auto before = std::clock();
  listed(body, 2000, false);
  const auto seconds = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  MESSAGE("2,000 events listed in " << seconds << " s of processor time");
  // AddressSanitizer makes the same work several times as long.
  constexpr double patience = __has_feature(address_sanitizer) ? 10.0 : 1.0;
  CHECK(seconds < patience);
  listed(year(2001), 2000, true);
}

}  // namespace
}  // namespace x1::calendar
