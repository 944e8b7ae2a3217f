#include "providers/calendar/caldav.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <pugixml.hpp>

#include "wire/xml_root.hpp"

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

const std::string calendar_query = "{urn:ietf:params:xml:ns:caldav}calendar-query";

TEST_CASE("every body is of the one kind that the manifest names, in the form that the sidecar takes") {
  CHECK(wire::xml_root(time_range_query(*parse_rfc3339("2026-11-24T09:00:00Z"),
                                        *parse_rfc3339("2026-11-25T00:00:00Z"))) == calendar_query);
  const auto piece = rc::gen::elementOf(std::vector<std::string>{
      "<", ">", "&", "\"", "'", "<!--", "-->", "]]>", "<?", "</c:calendar-query>", "a", "\xc3\xa9", "\xe2\x80\xa8"});
  CHECK(rc::check("whatever the UID", [&] {
    std::string uid;
    for (const auto& each : *rc::gen::container<std::vector<std::string>>(piece))
      uid += each;
    RC_ASSERT(wire::xml_root(uid_query(uid)) == calendar_query);
  }));
}

// The sidecar decides by its own reading of a body's root; a server goes by its parser's.
TEST_CASE("D2: a root that the sidecar takes is the root that an XML parser reads") {
  const auto piece =
      rc::gen::elementOf(std::vector<std::string>{R"(<c:calendar-query xmlns:c="urn:ietf:params:xml:ns:caldav">)",
                                                  R"(<c:calendar-multiget xmlns:c="DAV:">)",
                                                  "</c:calendar-query>",
                                                  "</c:calendar-multiget>",
                                                  "<c:calendar-query",
                                                  "<d",
                                                  "</d>",
                                                  " ",
                                                  "\n",
                                                  ">",
                                                  "/>",
                                                  "<",
                                                  R"( xmlns:c="urn:ietf:params:xml:ns:caldav")",
                                                  R"( xmlns:c="DAV:")",
                                                  R"( xmlns="DAV:")",
                                                  "\"",
                                                  "'",
                                                  "<!--",
                                                  "-->",
                                                  "<![CDATA[",
                                                  "]]>",
                                                  R"(<?xml version="1.0"?>)",
                                                  "<?x?>",
                                                  "<!DOCTYPE x>",
                                                  "&lt;",
                                                  "\xef\xbb\xbf",
                                                  "text"});
  CHECK(rc::check("of any bytes", [&] {
    // Mostly near to what is taken: pieces around and inside of a good body.
    auto pieces = *rc::gen::container<std::vector<std::string>>(piece);
    if (*rc::gen::arbitrary<bool>()) {
      pieces.insert(pieces.begin(), R"(<c:calendar-query xmlns:c="urn:ietf:params:xml:ns:caldav">)");
      pieces.emplace_back("</c:calendar-query>");
    }
    std::string body;
    for (const auto& each : pieces)
      body += each;
    const auto root = wire::xml_root(body);
    if (!root) return;
    pugi::xml_document document;
    if (!document.load_buffer(body.data(), body.size())) return;
    const std::string_view name = document.document_element().name();
    RC_ASSERT(name.substr(name.find(':') + 1) == std::string_view(*root).substr(root->find('}') + 1));
    std::size_t elements = 0;
    for (const auto child : document.children())
      elements += child.type() == pugi::node_element ? 1U : 0U;
    RC_ASSERT(elements == 1U);
  }));
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
