#include "api/event_streams.hpp"

#include "api/desk_fixture.hpp"

using namespace x1;
using namespace x1::api;
using namespace x1::api::testing;

namespace {

struct Listener {
  Desk desk;
  std::vector<std::uint64_t> numbers;
  int ended = 0;
  EventStreams streams{*desk.store, [this](seam::edge::ToEdge message) {
                         if (const auto* event = std::get_if<seam::edge::StreamEvent>(&message)) {
                           numbers.push_back(event->number);
                         }
                         ended += std::holds_alternative<seam::edge::StreamEnded>(message);
                       }};
  void add(int count, std::size_t bytes = 1) {
    for (int i = 0; i < count; ++i) {
      must(add_event(desk.services, desk.session, "agent.output", "ada", 1,
                     wire::Value::Object{{"text", std::string(bytes, 'x')}}));
    }
    streams.event_added(desk.session);
  }
};

}  // namespace

TEST_CASE("a listener gets a batch each time it has taken the last, and nothing in between") {
  Listener listener;
  listener.add(40);
  must(listener.streams.open(1, listener.desk.session, listener.desk.ada, 0));
  CHECK(listener.numbers.empty());
  listener.streams.more(1);
  CHECK(listener.numbers.size() == EventStreams::batch_events);
  listener.add(5);
  CHECK(listener.numbers.size() == EventStreams::batch_events);
  listener.streams.more(1);
  listener.streams.more(1);
  CHECK(listener.numbers.size() == 45);
  CHECK(listener.numbers.back() == 45);
}

TEST_CASE("a listener that waits gets an event as it happens") {
  Listener listener;
  must(listener.streams.open(1, listener.desk.session, listener.desk.ada, 0));
  listener.streams.more(1);
  listener.add(1);
  CHECK(listener.numbers == std::vector<std::uint64_t>{1});
}

TEST_CASE("a listener goes on after the last event that it names") {
  Listener listener;
  listener.add(5);
  must(listener.streams.open(1, listener.desk.session, listener.desk.ada, 3));
  listener.streams.more(1);
  CHECK(listener.numbers == std::vector<std::uint64_t>{4, 5});
}

TEST_CASE("large events make small batches") {
  Listener listener;
  listener.add(8, 100'000);
  must(listener.streams.open(1, listener.desk.session, listener.desk.ada, 0));
  listener.streams.more(1);
  CHECK(listener.numbers.size() == 2);
}

TEST_CASE("a stream ends with the login it was opened by") {
  Listener listener;
  const auto with = [&](const std::string& hash) { return Caller{listener.desk.ada.user, false, hash}; };
  must(listener.streams.open(1, listener.desk.session, with("hash1"), 0));
  must(listener.streams.open(2, listener.desk.session, with("hash2"), 0));
  must(listener.streams.open(3, listener.desk.session, listener.desk.ada, 0));
  listener.streams.logged_out("hash1");
  CHECK(listener.ended == 1);
  listener.streams.logged_out("");
  CHECK(listener.ended == 1);
  listener.streams.end_expired(listener.desk.clock.now());
  CHECK(listener.ended == 2);
}

TEST_CASE("there is an end to how many listen") {
  Listener listener;
  auto somebody = listener.desk.ada;
  for (std::uint64_t i = 0; i < EventStreams::max_streams; ++i) {
    // Each person has their own bound: the next is another.
    if (i % EventStreams::max_streams_of_one == 0) {
      somebody.user = must(UserId::parse("listener-" + std::to_string(i)));
    }
    must(listener.streams.open(i, listener.desk.session, somebody, 0));
  }
  CHECK(listener.streams.open(999, listener.desk.session, listener.desk.ada, 0).error().code == base::Code::too_many);
  listener.streams.closed(0);
  CHECK(listener.streams.open(999, listener.desk.session, listener.desk.ada, 0).ok());
}

TEST_CASE("one person can't take the place of all who listen") {
  Listener listener;
  for (std::uint64_t i = 0; i < EventStreams::max_streams_of_one; ++i)
    must(listener.streams.open(i, listener.desk.session, listener.desk.ada, 0));
  CHECK(listener.streams.open(999, listener.desk.session, listener.desk.ada, 0).error().code == base::Code::too_many);
  CHECK(listener.streams.open(999, listener.desk.session, listener.desk.bob, 0).ok());
}
