#include "bus/requests.hpp"

#include <doctest/doctest.h>

namespace x1::bus {
namespace {

const Moment start{};

TEST_CASE("an answer goes to whoever waits on its subject, once") {
  Requests requests("_INBOX.s1");
  std::string got;
  const auto subject = requests.add(start, [&](auto answer) { got = *answer; });
  CHECK(subject.starts_with("_INBOX.s1."));
  const auto then = requests.take(subject);
  REQUIRE(then);
  then(std::string("yes"));
  CHECK(got == "yes");
  CHECK_FALSE(requests.take(subject));
}

TEST_CASE("a subject that nobody waits on is nobody's, however it is written") {
  Requests requests("_INBOX.s1");
  static_cast<void>(requests.add(start, [](auto) {}));
  for (const auto* subject : {"_INBOX.s1.2", "_INBOX.s1.1x", "_INBOX.s1.", "_INBOX.s1", "_INBOX.s2.1", "", "1"}) {
    CAPTURE(subject);
    CHECK_FALSE(requests.take(subject));
  }
  CHECK(requests.size() == 1);
}

TEST_CASE("only what is late is taken as late") {
  Requests requests("_INBOX.s1");
  static_cast<void>(requests.add(start + std::chrono::seconds(1), [](auto) {}));
  static_cast<void>(requests.add(start + std::chrono::seconds(3), [](auto) {}));
  CHECK(requests.next_deadline() == start + std::chrono::seconds(1));
  CHECK(requests.take_late(start + std::chrono::seconds(2)).size() == 1);
  CHECK(requests.next_deadline() == start + std::chrono::seconds(3));
  CHECK(requests.take_all().size() == 1);
  CHECK_FALSE(requests.next_deadline().has_value());
}

}  // namespace
}  // namespace x1::bus
