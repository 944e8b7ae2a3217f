#include "broker/renewal.hpp"

#include <doctest/doctest.h>

#include "broker/core_rig.hpp"

namespace x1::broker {
namespace {

struct Rig : testing::CoreRig {
  bool idle = true;
  Renewal renewal{core, [this] { return idle; }, false};
  // The calendar's provider and the API, as long as they answer.
  void renew_provider() {
    bus.take("x1.provider.s1.calendar.renew").then(std::string("calendar-1"));
    auto asked = bus.take("x1.api.session.s1.renew");
    CHECK(asked.payload == "calendar-1");
    asked.then(std::string("calendar-2"));
    auto brought = bus.take("x1.provider.s1.calendar.renew");
    CHECK(brought.payload == "calendar-2");
    brought.then(std::string("ok"));
  }
};

}  // namespace

TEST_CASE("the broker's own user and its providers' are renewed, and shown by a new connection") {
  Rig rig;
  rig.renewal.look();
  CHECK(rig.bus.asked.empty());
  rig.clock.advance(Renewal::early);
  rig.renewal.look();
  auto own = rig.bus.take("x1.api.session.s1.renew");
  CHECK(own.payload == "own-1");
  own.then(std::string("own-2"));
  CHECK(rig.bus.shown == "own-2");
  CHECK(rig.bus.reconnects == 0);
  rig.renew_provider();
  CHECK(rig.bus.reconnects == 1);
  rig.renewal.look();
  CHECK(rig.bus.asked.empty());
}

TEST_CASE("a call that is under way puts it off, but not for ever") {
  Rig rig;
  rig.idle = false;
  rig.clock.advance(Renewal::early);
  rig.renewal.look();
  CHECK(rig.bus.asked.empty());
  rig.clock.advance(Renewal::late - Renewal::early);
  rig.renewal.look();
  CHECK(rig.bus.asked.size() == 1);
}

TEST_CASE("a provider that will not be renewed keeps nobody from it, and is asked again at the next look") {
  Rig rig;
  rig.clock.advance(Renewal::early);
  rig.renewal.look();
  rig.bus.take("x1.api.session.s1.renew").then(std::string("own-2"));
  rig.bus.take("calendar.renew").then(std::string("nonsense"));
  rig.bus.take("x1.api.session.s1.renew").then(std::string("error forbidden This is no user of the bus."));
  CHECK(rig.bus.shown == "own-2");
  CHECK(rig.bus.reconnects == 1);
  rig.renewal.look();
  CHECK(rig.bus.take("x1.api.session.s1.renew").payload == "own-2");
}

TEST_CASE("a refusal is never shown as a user, and asked about again") {
  Rig rig;
  rig.clock.advance(Renewal::early);
  rig.renewal.look();
  rig.bus.take("x1.api.session.s1.renew").then(std::string("error forbidden This session is over."));
  rig.renew_provider();
  CHECK(rig.bus.shown == "own-1");
  CHECK(rig.bus.reconnects == 0);
  rig.renewal.look();
  CHECK(rig.bus.asked.size() == 1);
}

}  // namespace x1::broker
