#include "broker/uplink.hpp"

#include <doctest/doctest.h>

#include "broker/core_rig.hpp"
#include "broker/rows.hpp"

using namespace x1;
using namespace x1::broker;
using namespace x1::broker::testing;

namespace {

struct Lines {
  Lines() {
    auto opened = LineFile::open(folder + "/lines", [](std::string_view) { return base::Status(base::Done{}); });
    REQUIRE(opened.ok());
    file.emplace(std::move(opened).value());
  }
  ~Lines() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;
  void add(std::initializer_list<std::string_view> lines) {
    for (const auto line : lines)
      file->add(line);
    REQUIRE(file->sync().ok());
  }
  std::string folder = new_folder();
  std::optional<LineFile> file;
};

std::string next(const Outbox& outbox, std::size_t most_lines = 256) {
  auto batch = outbox.next(most_lines, 1024);
  REQUIRE(batch.ok());
  return batch->text;
}

}  // namespace

TEST_CASE("what is not acknowledged is sent again, what is acknowledged is not") {
  Lines lines;
  Outbox outbox(*lines.file);
  CHECK(next(outbox).empty());
  lines.add({"one", "two", "three"});
  CHECK(next(outbox) == "one\ntwo\nthree");
  CHECK(next(outbox) == "one\ntwo\nthree");
  CHECK(next(outbox, 1) == "one");
  REQUIRE(outbox.acknowledged(2).ok());
  CHECK(next(outbox) == "three");
  REQUIRE(outbox.acknowledged(3).ok());
  CHECK(outbox.idle());
  lines.add({"four"});
  CHECK_FALSE(outbox.idle());
  CHECK(next(outbox) == "four");
}

TEST_CASE("a batch knows the number of its last line, and what is acknowledged gives the text of its own") {
  Lines lines;
  Outbox outbox(*lines.file);
  lines.add({"one", "two", "three"});
  CHECK(outbox.acknowledged(0).value().empty());
  CHECK(outbox.acknowledged(1).value() == "one");
  const auto batch = outbox.next(2, 1024);
  REQUIRE(batch.ok());
  CHECK(batch->last == 3);
  CHECK(outbox.acknowledged(3).value() == "three");
  CHECK(outbox.acknowledged(3).value() == "three");
  CHECK(outbox.acknowledged(2).value() == "two");
  CHECK(outbox.acknowledged(0).value().empty());
}

TEST_CASE("after a restart one receipt moves past everything the API has") {
  Lines lines;
  for (int line = 0; line < 500; ++line)
    lines.add({"a line of the past"});
  Outbox outbox(*lines.file);
  REQUIRE(outbox.acknowledged(499).ok());
  CHECK(next(outbox) == "a line of the past");
}

TEST_CASE("an API that lost lines gets them again") {
  Lines lines;
  Outbox outbox(*lines.file);
  lines.add({"one", "two", "three"});
  REQUIRE(outbox.acknowledged(3).ok());
  REQUIRE(outbox.acknowledged(1).ok());
  CHECK(next(outbox) == "two\nthree");
}

TEST_CASE("an API that claims more than there is, is not believed") {
  Lines lines;
  Outbox outbox(*lines.file);
  lines.add({"one"});
  CHECK_FALSE(outbox.acknowledged(2).ok());
}

TEST_CASE("H1: only another event under a number of ours ends the record; an event that was refused does not") {
  for (const auto& [code, ends] : {std::pair{"invalid_request", false}, {"not_found", false}, {"conflict", true}}) {
    CoreRig rig;
    rig.core.events_taken(1, {policy::Refusal{1, code}});
    CHECK(rig.commit.failure().has_value() == ends);
  }
}

TEST_CASE("at the end of a session nothing waits for an API that has died: what was under way is sent anew, and soon") {
  CoreRig rig;
  Uplink uplink(rig.core, rig.journal);
  uplink.start([] {});
  const auto unanswered = rig.bus.take(".audit");
  bool durable = false;
  rig.core.record(rows::closed(rig.clock.now(), "stopped"), std::nullopt, [&](const auto& row) { durable = row.ok(); });
  rig.until([&] { return durable; });
  bool drained = false;
  uplink.drain(std::chrono::seconds(10), [&] { drained = true; });

  // The bus has nobody for it yet, then the API is there again.
  auto asked = rig.bus.take(".audit");
  CHECK(asked.payload.find("chain.closed") != std::string::npos);
  CHECK(asked.deadline < std::chrono::seconds(1));
  asked.then(base::Error{base::Code::unavailable, "Nobody answers.", ""});
  rig.until([&] { return !rig.bus.asked.empty(); });
  asked = rig.bus.take(".audit");
  // What answers the first question now comes too late to mean anything.
  unanswered.then(base::Error{base::Code::timed_out, "Nobody answered.", ""});
  CHECK(rig.bus.asked.empty());
  const auto head = audit::decode_line(asked.payload).value().hash;
  asked.then(policy::sign(policy::Receipt{rig.session, "audit", 1, head, rig.clock.now()}, rig.api_key));
  rig.until([&] { return drained; });
}
