#include "adapter/event_stream.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "wire/http.hpp"

using namespace x1;
using adapter::EventStream;

namespace {

const wire::ServerSentEvent opened{.id = {}, .event = "turn.opened", .data = R"({"message":"hi","turn":1})"};

std::string stream_of(const std::vector<wire::ServerSentEvent>& events) {
  auto text = wire::event_stream_head({});
  for (const auto& event : events)
    text += wire::chunk(wire::serialise(event));
  return text;
}

}  // namespace

TEST_CASE("events come out whole, wherever the bytes are cut") {
  rc::check([] {
    const std::vector<wire::ServerSentEvent> sent(*rc::gen::inRange<std::size_t>(0, 4), opened);
    const auto text = stream_of(sent);
    EventStream stream;
    std::vector<wire::ServerSentEvent> got;
    for (std::size_t at = 0; at < text.size();) {
      const auto size = *rc::gen::inRange<std::size_t>(1, text.size() + 1);
      const auto events = stream.feed(std::string_view(text).substr(at, size));
      RC_ASSERT(events.ok());
      got.insert(got.end(), events->begin(), events->end());
      at += size;
    }
    RC_ASSERT(got == sent);
  });
}

TEST_CASE("a chunk's size has sixteen digits at most, wherever the bytes are cut") {
  for (const auto& [digits, taken] : {std::pair{"0000000000000001", true}, std::pair{"00000000000000001", false}}) {
    const auto text = stream_of({}) + digits + "\r\n:\r\n";
    CHECK(EventStream().feed(text).ok() == taken);
    EventStream stream;
    bool fed = true;
    for (std::size_t at = 0; fed && at < text.size(); ++at)
      fed = stream.feed(std::string_view(text).substr(at, 1)).ok();
    CHECK(fed == taken);
  }
}

TEST_CASE("an answer that is no stream, or a stream that ends, is an error") {
  for (const std::string& text :
       {std::string("HTTP/1.1 403 Forbidden\r\n\r\n"), std::string("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
        stream_of({}) + "0\r\n\r\n", stream_of({}) + "x\r\n", stream_of({}) + "1\r\nabc",
        stream_of({}) + "fffffffffffffffff\r\n", stream_of({}) + "ffffffff\r\n", stream_of({}) + std::string(40, '1'),
        std::string(20'000, 'x')})
    CHECK_FALSE(EventStream().feed(text).ok());
}
