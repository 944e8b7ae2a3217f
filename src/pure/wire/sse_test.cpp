#include "wire/sse.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <algorithm>

namespace x1::wire {
namespace {

std::vector<ServerSentEvent> events_of(std::string_view bytes) {
  SseReader reader;
  auto read = reader.feed(bytes);
  REQUIRE(read.ok());
  return std::move(read).value();
}

}  // namespace

TEST_CASE("an event is written line by line and read back the same") {
  const ServerSentEvent event{"7", "turn.opened", "one\ntwo"};
  CHECK(serialise(event) == "id: 7\nevent: turn.opened\ndata: one\ndata: two\n\n");
  CHECK(events_of(serialise(event)) == std::vector{event});
  CHECK(serialise({"", "", ""}) == "data: \n\n");
  CHECK(serialise({"", "", "a\r\nb\rc\n"}) == "data: a\ndata: b\ndata: c\ndata: \n\n");
}

TEST_CASE("the reader follows the standard's own rules") {
  using Events = std::vector<ServerSentEvent>;
  CHECK(events_of("\xef\xbb\xbf"
                  "data: x\n\n") == Events{{"", "", "x"}});
  CHECK(events_of("data:x\r\rdata: y\r\n\r\n") == Events{{"", "", "x"}, {"", "", "y"}});
  CHECK(events_of("data\n\ndata:  a\ndata\n\n") == Events{{"", "", ""}, {"", "", " a\n"}});
  CHECK(events_of(": ping\n\nevent: lost\n\ndata: x\n\n") == Events{{"", "", "x"}});
  CHECK(events_of("id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n") ==
        Events{{"1", "", "a"}, {"1", "", "b"}, {"", "", "c"}});
  CHECK(events_of(std::string_view("id: 1\nid: a\0b\nretry: 5\nother: 1\ndata: a\n\n", 41)) == Events{{"1", "", "a"}});
  CHECK(events_of("data: never whole\n").empty());
}

TEST_CASE("an event above the limit is refused, and comments do not count for ever") {
  SseReader reader(16);
  for (int i = 0; i < 100; ++i)
    CHECK(reader.feed(": ping\n").ok());
  CHECK(reader.feed("data: 1234567890").ok());
  const auto read = reader.feed("1");
  REQUIRE(!read.ok());
  CHECK(read.error().code == base::Code::too_large);
  CHECK(!reader.feed("\n\n").ok());
  CHECK(!SseReader(16).feed("data: 12345\ndata: 123456\n").ok());
}

TEST_CASE("any events in any pieces come out the same") {
  CHECK(rc::check("pieces", [] {
    const auto word = rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '~')));
    const auto line = rc::gen::container<std::string>(rc::gen::element('a', ' ', ':', '\n', '\xc3'));
    const auto events = *rc::gen::container<std::vector<ServerSentEvent>>(rc::gen::apply(
        [](std::string id, std::string name, std::string data) {
          return ServerSentEvent{std::move(id), std::move(name), std::move(data)};
        },
        word, word, line));
    std::string bytes;
    for (const auto& event : events)
      bytes += serialise(event);
    std::vector<ServerSentEvent> seen;
    SseReader reader;
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const auto piece = rest.substr(0, *rc::gen::inRange<std::size_t>(1, 9));
      rest.remove_prefix(piece.size());
      auto read = reader.feed(piece);
      RC_ASSERT(read.ok());
      std::ranges::move(*read, std::back_inserter(seen));
    }
    RC_ASSERT(seen == events);
  }));
}

}  // namespace x1::wire
