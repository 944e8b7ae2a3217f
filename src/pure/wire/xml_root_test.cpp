#include "wire/xml_root.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

namespace x1::wire {
namespace {

using Text = std::string;

const Text query = "{urn:ietf:params:xml:ns:caldav}calendar-query";
const Text open_tag = R"(<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">)";
const Text close_tag = "</c:calendar-query>";
const Text good = open_tag + "<d:prop/>" + close_tag;

Text root_of(std::string_view body) { return xml_root(body).value_or("none"); }

Text with_bytes(std::string_view bytes, std::size_t at = 0) { return Text(good).insert(at, bytes); }

TEST_CASE("the root's name is its namespace and its local name, whatever the prefix") {
  CHECK(root_of(good) == query);
  for (const Text body : {
           R"(<calendar-query xmlns="urn:ietf:params:xml:ns:caldav"></calendar-query>)",
           R"(<x:calendar-query xmlns:x='urn:ietf:params:xml:ns:caldav'></x:calendar-query>)",
           "<_-.9:calendar-query\r\n\t xmlns=\"DAV:\"\n xmlns:_-.9=\"urn:ietf:params:xml:ns:caldav\" >\n"
           "</_-.9:calendar-query>\r\n",
       }) {
    CAPTURE(body);
    CHECK(root_of(body) == query);
  }
  CHECK(root_of(R"(<c:calendar-query xmlns="urn:ietf:params:xml:ns:caldav" xmlns:c="DAV:"></c:calendar-query>)") ==
        "{DAV:}calendar-query");
  CHECK(root_of(R"(<D:expand-property xmlns:D="DAV:"></D:expand-property>)") == "{DAV:}expand-property");
}

TEST_CASE("a declaration is taken in its usual spellings, and says nothing but UTF-8 and version 1.0") {
  for (const Text declaration : {R"(<?xml version="1.0"?>)", R"(<?xml version="1.0" encoding="utf-8"?>)",
                                 R"(<?xml version='1.0' encoding='UTF-8'?>)"}) {
    CAPTURE(declaration);
    CHECK(root_of(declaration + good) == query);
    CHECK(root_of(declaration + "\r\n \t" + good) == query);
    CHECK(root_of(" " + declaration + good) == "none");
    CHECK(root_of(declaration + declaration + good) == "none");
    CHECK(root_of(declaration) == "none");
  }
  for (const Text declaration :
       {R"(<?xml version="1.1"?>)", R"(<?xml version="1.0" encoding="utf-16"?>)",
        R"(<?xml version="1.0" encoding="utf-7"?>)", R"(<?xml version="1.0" encoding="iso-8859-1"?>)",
        R"(<?xml version="1.0" encoding="cp037"?>)", R"(<?xml version="1.0" standalone="yes"?>)",
        R"(<?xml version="1.0" encoding='utf-8"?>)", R"(<?xml version="1.0"  encoding="utf-8"?>)",
        R"(<?xml encoding="utf-8"?>)", R"(<?XML version="1.0"?>)", R"(<?xml version="1.0">)",
        R"(<?xml version="1.0" encoding="utf-8" encoding="utf-16"?>)", "<? ?>", "<?x?>"}) {
    CAPTURE(declaration);
    CHECK(root_of(declaration + good) == "none");
  }
}

TEST_CASE("bytes that some parser takes for another encoding are refused") {
  CHECK(root_of(with_bytes("\xef\xbb\xbf")) == "none");
  CHECK(root_of(with_bytes("\xff\xfe")) == "none");
  CHECK(root_of(with_bytes("\xfe\xff")) == "none");
  for (std::size_t at = 0; at <= good.size(); ++at) {
    CAPTURE(at);
    CHECK(root_of(with_bytes(std::string_view("\0", 1), at)) == "none");
    CHECK(root_of(with_bytes("\x1b", at)) == "none");
    CHECK(root_of(with_bytes("\xff", at)) == "none");
    CHECK(root_of(with_bytes("\xc0\xbc", at)) == "none");  // '<', too long
  }
  Text wide;
  for (const char each : good)
    wide.append(1, each).append(1, '\0');
  CHECK(root_of(wide) == "none");
  CHECK(root_of("+ADw-c:calendar-multiget+AD4-" + good) == "none");
}

TEST_CASE("nothing stands before the root, and no DOCTYPE, comment, CDATA or instruction anywhere") {
  for (const Text aside :
       {"<!DOCTYPE c>", "<!DOCTYPE c [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>", "<!---->",
        "<!-- <c:calendar-query> -->", "<![CDATA[x]]>", "<?x y?>", "<?xml version=\"1.0\" ?>", "<!", "<?"}) {
    CAPTURE(aside);
    CHECK(root_of(aside + good) == "none");
    CHECK(root_of(R"(<?xml version="1.0"?>)" + aside + good) == "none");
    CHECK(root_of(open_tag + aside + close_tag) == "none");
    CHECK(root_of(good + aside) == "none");
  }
  for (const Text before : {" ", "\n", "x", ">", "&#60;", "<", "</c:calendar-query>", "<x/>"}) {
    CAPTURE(before);
    CHECK(root_of(before + good) == "none");
  }
}

TEST_CASE("the start tag has a plain name, and namespace declarations each once") {
  const Text space = R"(xmlns:c="urn:ietf:params:xml:ns:caldav")";
  for (const auto& start : std::vector<Text>{"<c:calendar-query>",
                                             "<calendar-query " + space + ">",
                                             "< c:calendar-query " + space + ">",
                                             "<c :calendar-query " + space + ">",
                                             "<c: calendar-query " + space + ">",
                                             "<:calendar-query " + space + ">",
                                             "<c: " + space + ">",
                                             "<c:c:calendar-query " + space + ">",
                                             "<c:calendar-query" + space + ">",
                                             "<c:calendar-query/" + space + ">",
                                             "<c:calendar-query " + space + "/>",
                                             "<c:calendar-query " + space + " " + space + ">",
                                             "<c:calendar-query " + space + space + ">",
                                             "<c:calendar-query " + space + " a=\"b\">",
                                             "<c:calendar-query " + space + " a=\">\">",
                                             "<c:calendar-query " + space + " c:x=\"y\">",
                                             "<c:calendar-query xmlns:c=\"\">",
                                             "<c:calendar-query xmlns:c=\"a&#98;\">",
                                             "<c:calendar-query xmlns:c=\"a b\">",
                                             "<c:calendar-query xmlns:c=\" a\">",
                                             "<c:calendar-query xmlns:c=\"a\nb\">",
                                             "<c:calendar-query xmlns:c=\"a<\">",
                                             "<c:calendar-query xmlns:c=\"a>\">",
                                             "<c:calendar-query xmlns:c=\"a'>",
                                             "<c:calendar-query xmlns:c=a>",
                                             "<c:calendar-query xmlns:c>",
                                             "<c:calendar-query xmlns: c=\"a\">",
                                             "<c:calendar-query xmlns:c = \"a\">",
                                             "<c:calendar-query XMLNS:c=\"a\">",
                                             "<c:calendar-query xmlns:c=\"a}b\">",
                                             "<c:calendar-query xmlns:c=\"\xc3\xa9\">",
                                             "<c:calendar-qu\xc3\xa9ry " + space + ">",
                                             "<9:calendar-query xmlns:9=\"a\">",
                                             "<xml:calendar-query xmlns:xml=\"a\">",
                                             "<XmLx:calendar-query xmlns:XmLx=\"a\">",
                                             "<xmlns:calendar-query xmlns:xmlns=\"a\">"}) {
    CAPTURE(start);
    const Text name = start.substr(1, start.find_first_of(" />", 1) - 1);
    CHECK(root_of(start + "</" + name + ">") == "none");
    CHECK(root_of(start + close_tag) == "none");
  }
  const auto many = [&](int count) {
    Text start = "<c:calendar-query " + space;
    for (int i = 1; i < count; ++i)
      start += " xmlns:p" + std::to_string(i) + "=\"a\"";
    return root_of(start + ">" + close_tag);
  };
  CHECK(many(16) == query);
  CHECK(many(17) == "none");
  CHECK(root_of("<" + Text(64, 'a') + " xmlns=\"DAV:\"></" + Text(64, 'a') + ">") == "{DAV:}" + Text(64, 'a'));
  CHECK(root_of("<" + Text(65, 'a') + " xmlns=\"DAV:\"></" + Text(65, 'a') + ">") == "none");
}

TEST_CASE("the root is closed once, by the last tag") {
  const Text other = R"(<c:calendar-multiget xmlns:c="urn:ietf:params:xml:ns:caldav"></c:calendar-multiget>)";
  for (const Text& body : {open_tag, good + other, other + good, good + good, open_tag + good, good + close_tag,
                           good + "x", open_tag + "</c:calendar-query >", open_tag + close_tag + other + close_tag,
                           open_tag + "</c:calendar-query\n>" + other + close_tag, open_tag + "</x:calendar-query>",
                           open_tag.substr(0, open_tag.size() - 1) + "/>", open_tag.substr(0, open_tag.size() - 1)}) {
    CAPTURE(body);
    CHECK(root_of(body) == "none");
  }
  CHECK(root_of(open_tag + other + close_tag) == query);  // inside, it is none of a REPORT's own
}

TEST_CASE("whatever is put together or changed, no other root is taken for the one that is asked about") {
  const auto piece = rc::gen::elementOf(std::vector<Text>{open_tag,
                                                          close_tag,
                                                          "<c:calendar-query",
                                                          "<c:calendar-multiget",
                                                          "</c:calendar-multiget>",
                                                          "<d:prop/>",
                                                          ">",
                                                          "/>",
                                                          " ",
                                                          "\n",
                                                          R"( xmlns:c="urn:ietf:params:xml:ns:caldav")",
                                                          R"( xmlns:c="DAV:")",
                                                          R"( xmlns="DAV:")",
                                                          R"(<?xml version="1.0"?>)",
                                                          "<!--",
                                                          "-->",
                                                          "<![CDATA[",
                                                          "]]>",
                                                          "\"",
                                                          "'",
                                                          "<",
                                                          "\xef\xbb\xbf",
                                                          "&lt;",
                                                          "<d:href>/ada/private/x.ics</d:href>"});
  CHECK(rc::check("what is taken begins and ends as the root does", [&] {
    Text body;
    for (const auto& each : *rc::gen::container<std::vector<Text>>(piece))
      body += each;
    if (root_of(body) != query) return;
    const auto first = body.starts_with("<?") ? body.find('<', 2) : 0;
    RC_ASSERT(body.substr(first).starts_with("<c:calendar-query"));
    RC_ASSERT(body.rfind('<') == body.find(close_tag));
    RC_ASSERT(body.find("<c:calendar-query", first + 1) == Text::npos);
  }));
  CHECK(rc::check("one byte changed in the name gives another name, or none", [] {
    Text body = good;
    const auto at = *rc::gen::inRange<std::size_t>(0, Text("<c:calendar-query ").size());
    const auto byte = *rc::gen::arbitrary<char>();
    RC_PRE(body[at] != byte);
    body[at] = byte;
    RC_ASSERT(root_of(body) != query || byte == '\n' || byte == '\t' || byte == '\r');
  }));
}

TEST_CASE("a name in a manifest is one that a root can have") {
  CHECK(is_root_name(query));
  CHECK(is_root_name("{DAV:}a"));
  for (const Text name :
       {"", "calendar-query", "{}a", "{DAV:}", "{DAV:}a ", " {DAV:}a", "{DAV:}a:b", "{DAV:a", "{DA V:}a", "{{DAV:}a",
        "{DAV:}}a", "{DAV:}9", "{DAV:}\xc3\xa9", "{DAV:}*", "{*}a", "{DAV:}a\n"}) {
    CAPTURE(name);
    CHECK(is_root_name(name) == (name == "{*}a"));  // a namespace as any other, and no pattern
  }
}

}  // namespace
}  // namespace x1::wire
