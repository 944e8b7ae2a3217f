#include "broker/turns.hpp"

#include <doctest/doctest.h>

#include <array>

#include "policy/examples.hpp"

namespace x1::broker {
namespace {

namespace examples = policy::testing;
using examples::at;

const auto session = examples::id<base::SessionId>("s1");

const std::string no_connections = R"({"connections":[]})";

struct World {
  [[nodiscard]] policy::TurnCertificate certificate(std::uint64_t number = 3, std::string_view of = "s1") const {
    return {examples::id<base::SessionId>(of),
            base::TurnNumber{number},
            examples::id<base::UserId>("ada"),
            crypto::sha256("go on"),
            crypto::sha256(no_connections),
            boot.public_key(),
            at(0),
            at(600)};
  }
  [[nodiscard]] base::Result<Turn> read(const policy::TurnCertificate& certificate,
                                        const std::string& message = "go on",
                                        const std::string& facts = no_connections) const {
    return read_turn(policy::sign(certificate, api) + "\n" + facts + "\n" + message,
                     policy::KeySet::of(api.public_key()), at(1));
  }
  crypto::SigningKey api = crypto::SigningKey::generate().value();
  crypto::SigningKey boot = crypto::SigningKey::generate().value();
  Turns turns{session, boot.public_key(), 2};
};

TEST_CASE("E1: a turn opens once, and closes") {
  World world;
  const auto opened = world.turns.open(world.read(world.certificate()).value());
  REQUIRE(opened.ok());
  CHECK(world.turns.open_turn(3) == *opened);
  CHECK(world.turns.open_turn(2) == nullptr);
  CHECK(world.turns.close() == *opened);
  CHECK(world.turns.current() == nullptr);
  CHECK_FALSE(world.turns.open(world.read(world.certificate()).value()).ok());
}

TEST_CASE("E1: a turn of another session, of another boot, or of an old number does not open") {
  World world;
  CHECK_FALSE(world.turns.open(world.read(world.certificate(3, "s2")).value()).ok());
  CHECK_FALSE(world.turns.open(world.read(world.certificate(1)).value()).ok());
  auto foreign = world.certificate();
  foreign.boot_key = crypto::SigningKey::generate()->public_key();
  CHECK_FALSE(world.turns.open(world.read(foreign).value()).ok());
  CHECK(world.turns.current() == nullptr);
}

TEST_CASE("a restarted broker may go on with the turn that was open, once") {
  World world;
  CHECK(world.turns.open(world.read(world.certificate(2)).value()).ok());
  CHECK_FALSE(world.turns.open(world.read(world.certificate(2)).value()).ok());
}

TEST_CASE("E1: a certificate that the API did not sign, and a message that it is not for, are refused") {
  World world;
  const auto certificate = world.certificate();
  CHECK_FALSE(world.read(certificate, "something else").ok());
  const auto forged = policy::sign(certificate, world.boot) + "\n{\"connections\":[]}\ngo on";
  CHECK_FALSE(read_turn(forged, policy::KeySet::of(world.api.public_key()), at(1)).ok());
  CHECK_FALSE(read_turn("", policy::KeySet::of(world.api.public_key()), at(1)).ok());
}

TEST_CASE("E1: connections that the API did not sign are not read") {
  World world;
  for (const std::string facts : {R"({"connections":[{"id":"home","kind":"caldav","url":"https://evil.example/"}]})",
                                  R"({"connections":[] })", "", "{"}) {
    CAPTURE(facts);
    CHECK(world.read(world.certificate(), "go on", facts).error().code == base::Code::invalid_token);
  }
  CHECK(world.read(world.certificate()).ok());
}

TEST_CASE("the message may hold lines, and the facts name the actor's accounts") {
  World world;
  auto certificate = world.certificate();
  certificate.message = crypto::sha256("one\ntwo\n");
  const std::string facts = R"({"connections":[{"id":"home","kind":"caldav","url":"https://cal.example/ada/"}]})";
  certificate.connections = crypto::sha256(facts);
  const auto turn = world.read(certificate, "one\ntwo\n", facts);
  REQUIRE(turn.ok());
  CHECK(turn->message == "one\ntwo\n");
  REQUIRE(turn->connection("caldav", "") != nullptr);
  CHECK(turn->connection("caldav", "home")->url.path == "/ada/");
  CHECK(turn->connection("caldav", "work") == nullptr);
  CHECK(turn->connection("webdav", "") == nullptr);
}

}  // namespace
}  // namespace x1::broker
