// What gate is told of the questions of the open turn, also when nobody answers them.
#include "broker/notices.hpp"

#include "broker/core_rig.hpp"
#include "os/socket.hpp"
#include "seam/gate.hpp"

using namespace x1;
using namespace x1::broker;
using namespace x1::broker::testing;

namespace {

namespace gate = seam::gate;

// Notices at a seam, with the test as gate.
struct NoticesRig : CoreRig {
  NoticesRig() {
    far.start(
        [this](std::string_view frame) {
          const auto message = seam::decode_frame<gate::ToGate>(frame);
          REQUIRE(message.ok());
          if (const auto* asked = std::get_if<gate::PersonAsked>(&*message)) told += "asked " + asked->ticket + " ";
          if (const auto* over = std::get_if<gate::PersonDecided>(&*message))
            told += over->status + " " + over->ticket + " ";
        },
        [](const base::Error&) {});
  }
  // One that waits until that second.
  void ask(std::string_view name, std::int64_t until) {
    auto request = examples::request();
    request.arguments = wire::Value::Object{{"summary", std::string(name)}};
    auto question = examples::challenge(name, request);
    question.expires = examples::at(until);
    memory.ledger.apply(policy::Asked{question});
    notices.asked(question, toolbox.find(request.tool).value());
  }
  void hears(const std::string& words) {
    until([&] { return told.size() >= words.size(); });
    CHECK(told == words);
  }

  std::pair<os::Fd, os::Fd> seam = os::socket_pair().value();
  GateLink link{context, std::move(seam.first)};
  net::SeamChannel far{context, std::move(seam.second)};
  Notices notices{core, link};
  std::string told;
};

constexpr base::Duration nearly = std::chrono::milliseconds(999);

}  // namespace

TEST_CASE("a question that nobody answers in time is over for who listens, though nothing else happens") {
  NoticesRig rig;
  rig.clock.advance(nearly);
  rig.ask("late", 60);
  rig.ask("soon", 16);
  rig.hears("asked late asked soon ");
  // The timer goes by another clock than the one on the wall: it looks again when it was early.
  rig.context.run_for(std::chrono::milliseconds(20));
  rig.hears("asked late asked soon ");
  rig.clock.advance(std::chrono::milliseconds(1));
  rig.hears("asked late asked soon expired soon ");
}

TEST_CASE("of questions of a turn that is over nobody hears") {
  NoticesRig rig;
  rig.clock.advance(nearly);
  rig.ask("soon", 16);
  rig.hears("asked soon ");
  rig.notices.turn_closed();
  rig.clock.advance(std::chrono::milliseconds(1));
  rig.context.run_for(std::chrono::milliseconds(20));
  rig.hears("asked soon ");
}
