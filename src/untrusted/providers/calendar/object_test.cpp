#include "providers/calendar/object.hpp"

#include <doctest/doctest.h>

namespace x1::calendar {
namespace {

constexpr std::string_view odd =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:Work\r\nBEGIN:VEVENT\r\nSUMM\r\n ARY;LANGUAGE=de:Caf\r\n"
    " \xC3\xA9 \"x\"\r\nX-ODD;P=\"a:b;c\":v:w\r\nNOT-IANA:kept\r\nBEGIN:VALARM\r\nSUMMARY:of the "
    "alarm\r\nEND:VALARM\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n";

Part& event_of(Object& object) { return *object.events().front(); }

TEST_CASE("an object that is not changed is the same to the byte, however its lines are folded") {
  const auto object = Object::parse(odd);
  REQUIRE(object.ok());
  CHECK(object->text() == odd);
}

TEST_CASE("line ends of either kind are read, and CR LF is written") {
  std::string bare(odd);
  std::erase(bare, '\r');
  const auto object = Object::parse(bare);
  REQUIRE(object.ok());
  CHECK(object->text() == odd);
}

TEST_CASE("a line is known by its name, its parameters and its value, folded or not") {
  auto object = Object::parse(odd);
  const auto& part = event_of(*object);
  REQUIRE(part.find("SUMMARY") != nullptr);
  CHECK(part.find("SUMMARY")->value() == "Caf\xC3\xA9 \"x\"");
  CHECK(part.find("SUMMARY")->parameter("language") == "de");
  CHECK(part.find("X-ODD")->parameter("P") == "a:b;c");
  CHECK(part.find("X-ODD")->value() == "v:w");
}

TEST_CASE("setting and erasing touch the event's own lines, not those of its alarm") {
  auto object = Object::parse(odd);
  auto& part = event_of(*object);
  part.set(Line::make("SUMMARY", "New"));
  part.add(Line::make("LOCATION", "Here"));
  part.erase("NOT-IANA");
  CHECK(object->text() ==
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:Work\r\nBEGIN:VEVENT\r\nSUMMARY:New\r\n"
        "X-ODD;P=\"a:b;c\":v:w\r\nLOCATION:Here\r\nBEGIN:VALARM\r\nSUMMARY:of the alarm\r\nEND:VALARM\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n");
}

TEST_CASE("a long line is folded after at most 75 bytes, and never within a letter") {
  std::string text;
  for (int i = 0; i < 100; ++i)
    text += "\xE2\x82\xAC";
  const auto line = Line::make("SUMMARY", text);
  CHECK(Line(line.physical()).value() == text);
  std::string_view rest = line.physical();
  while (!rest.empty()) {
    const auto end = std::min(rest.find("\r\n"), rest.size());
    CHECK(end <= 75);
    if (end < rest.size()) CHECK((static_cast<unsigned char>(rest[end + 3]) & 0xC0U) != 0x80U);
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
}

TEST_CASE("text that would end its line or its value does not") {
  CHECK(escape_text("a;b,c\\d\ne\rf") == "a\\;b\\,c\\\\d\\nef");
}

TEST_CASE("what is not one closed calendar is refused") {
  for (const std::string_view text :
       {"", "BEGIN:VCARD\r\nEND:VCARD\r\n", "BEGIN:VCALENDAR\r\n",
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n",
        "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nBEGIN:VALARM\r\nEND:VEVENT\r\nEND:VALARM\r\nEND:VCALENDAR\r\n"}) {
    CAPTURE(text);
    CHECK_FALSE(Object::parse(text).ok());
  }
  CHECK(Object::parse(std::string((1 << 20) + 1, 'x')).error().code == base::Code::too_large);
}

}  // namespace
}  // namespace x1::calendar
