#include "providers/calendar/caldav.hpp"

#include <doctest/doctest.h>

namespace x1::calendar {
namespace {

TEST_CASE("the range of a query is in UTC") {
  const auto query =
      time_range_query(*parse_rfc3339("2026-11-24T09:00:00+01:00"), *parse_rfc3339("2026-11-25T00:00:00Z"));
  CHECK(query.find(R"(start="20261124T080000Z" end="20261125T000000Z")") != std::string::npos);
}

TEST_CASE("a UID can't break out of its query") {
  CHECK(uid_query("a<b>&\"c").find("a&lt;b&gt;&amp;&quot;c") != std::string::npos);
}

TEST_CASE("objects are found whatever prefixes the server chose") {
  const auto resources = parse_multistatus(R"(<?xml version="1.0"?>
    <multistatus xmlns="DAV:" xmlns:CAL="urn:ietf:params:xml:ns:caldav">
      <response><href>/ada/work/1.ics</href><propstat><prop><getetag>"1"</getetag>
        <CAL:calendar-data>BEGIN:VCALENDAR</CAL:calendar-data></prop></propstat></response>
      <response><href>/ada/work/</href><propstat><prop/></propstat></response>
    </multistatus>)");
  REQUIRE(resources.ok());
  REQUIRE(resources->size() == 1);
  CHECK(resources->front().href == "/ada/work/1.ics");
  CHECK(resources->front().etag == "\"1\"");
  CHECK(resources->front().data == "BEGIN:VCALENDAR");
}

TEST_CASE("what is no multistatus is refused, and entities of a DOCTYPE are not expanded") {
  CHECK_FALSE(parse_multistatus("<html/>").ok());
  CHECK_FALSE(parse_multistatus("not xml").ok());
  const auto tricky = parse_multistatus(
      R"(<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><d:multistatus xmlns:d="DAV:"><d:response>
         <d:href>/a</d:href><d:calendar-data>&e;</d:calendar-data></d:response></d:multistatus>)");
  if (tricky.ok()) {
    for (const auto& resource : *tricky)
      CHECK(resource.data.find("root:") == std::string::npos);
  }
}

TEST_CASE("deep nesting ends quietly") {
  std::string xml = "<multistatus><response>";
  for (int i = 0; i < 5'000; ++i)
    xml += "<a>";
  for (int i = 0; i < 5'000; ++i)
    xml += "</a>";
  xml += "</response></multistatus>";
  const auto resources = parse_multistatus(xml);
  REQUIRE(resources.ok());
  CHECK(resources->empty());
}

}  // namespace
}  // namespace x1::calendar
