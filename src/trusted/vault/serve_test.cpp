#include "vault/serve.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/socket.hpp"
#include "seam/dialer.hpp"
#include "vault/test_world.hpp"

namespace x1::vault {
namespace {

namespace messages = seam::vault;
using testing::World;

// The vault's server on one side of its seams, a test on the other.
struct Seams {
  Seams() {
    world.keep("home", "ada");
    api = join_api();
  }

  // Lets the server do all that it can do without waiting.
  void settle() {
    context.restart();
    context.poll();
  }
  // The vault's end of a new broker's channel; returns the broker's.
  os::Fd open_session(const std::string& session) { return open_session(session, world.clock.now()); }
  os::Fd open_session(const std::string& session, base::TimePoint began) {
    auto channel = os::socket_pair().value();
    const auto milliseconds = static_cast<std::uint64_t>(began.time_since_epoch().count());
    const auto frame = seam::encode_frame(messages::FromSupervisor(
        messages::SessionChannel{session, crypto::to_text(world.dialer.public_key()), milliseconds}));
    CHECK(os::send_with_fd(supervisor.second.get(), frame, channel.second.get()).ok());
    settle();
    return std::move(channel.first);
  }
  // The API's end of a new channel.
  os::Fd join_api() {
    auto channel = os::socket_pair().value();
    const auto frame = seam::encode_frame(messages::FromSupervisor(messages::ApiChannel{}));
    CHECK(os::send_with_fd(supervisor.second.get(), frame, channel.second.get()).ok());
    settle();
    return std::move(channel.first);
  }
  template <class Variant>
  std::optional<Variant> read(const os::Fd& from) {
    settle();
    std::array<char, 65536> buffer{};
    const auto got = ::recv(from.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got <= 0) return std::nullopt;
    const auto frames = seam::Framer().feed({buffer.data(), static_cast<std::size_t>(got)}).value();
    return seam::decode_frame<Variant>(frames.at(0)).value();
  }
  void send(const os::Fd& to, const std::string& frame) {
    CHECK(os::send_with_fd(to.get(), frame, -1).ok());
    settle();
  }

  World world;
  boost::asio::io_context context{1};
  std::pair<os::Fd, os::Fd> supervisor = os::socket_pair().value();
  os::Fd api;
  os::Fd servers_end{::dup(supervisor.first.get())};
  std::optional<Server> server{std::in_place, context,         std::move(supervisor.first),
                               *world.vault,  *world.passkeys, *world.api_keys};
};

std::string release_frame(const World& world) { return seam::encode_frame(messages::FromBroker(world.tokens({}))); }
bool closed(const os::Fd& socket) {
  char byte = 0;
  return ::recv(socket.get(), &byte, 1, MSG_DONTWAIT) == 0;
}

}  // namespace

TEST_CASE("a broker gets its secret over the channel that was made for its session, and over no other") {
  Seams seams;
  const auto own = seams.open_session("s1");
  const auto other = seams.open_session("s2");
  seams.send(own, release_frame(seams.world));
  CHECK(std::holds_alternative<messages::Released>(seams.read<messages::ToBroker>(own).value()));
  seams.send(other, release_frame(seams.world));
  CHECK(std::holds_alternative<messages::Refused>(seams.read<messages::ToBroker>(other).value()));
}

TEST_CASE("the API keeps, reads the audit and forgets over its own seam") {
  Seams seams;
  const auto ask = [&](auto message) {
    seams.send(seams.api, seam::encode_frame(messages::FromApi(std::move(message))));
    return seams.read<messages::ToApi>(seams.api).value();
  };
  CHECK(std::holds_alternative<messages::Kept>(ask(seams.world.keep_message("work", "ada"))));
  CHECK(std::get<messages::AuditLines>(ask(messages::ReadAudit{1, 0})).lines.size() == 2);
  CHECK(std::holds_alternative<messages::Forgotten>(ask(messages::Forget{2, "work", "ada"})));
}

TEST_CASE("an API that was started again has a seam of its own, and hears nothing of what the one before had asked") {
  Seams seams;
  const auto first = std::move(seams.api);
  seams.send(first, seam::encode_frame(messages::FromApi(messages::ReadAudit{1, 0})));
  CHECK(std::holds_alternative<messages::AuditLines>(seams.read<messages::ToApi>(first).value()));
  const auto second = seams.join_api();
  CHECK(closed(first));
  CHECK_FALSE(seams.read<messages::ToApi>(second));
  seams.send(second, seam::encode_frame(messages::FromApi(messages::ReadAudit{1, 0})));
  CHECK(std::holds_alternative<messages::AuditLines>(seams.read<messages::ToApi>(second).value()));
}

TEST_CASE("a broker that breaks the protocol, or is refused again and again, loses its channel") {
  Seams seams;
  const auto broken = seams.open_session("s1");
  seams.send(broken, std::string("\x02\x00\x00\x00\x09\x00", 6));
  CHECK(closed(broken));

  const auto stubborn = seams.open_session("s2");
  for (unsigned i = 0; i < Server::max_refusals; ++i) {
    seams.send(stubborn, release_frame(seams.world));
    CHECK(seams.read<messages::ToBroker>(stubborn).has_value());
  }
  seams.send(stubborn, release_frame(seams.world));
  seams.settle();
  CHECK(closed(stubborn));
}

TEST_CASE("without a supervisor the vault ends, and a channel without its descriptor is a broken supervisor") {
  Seams gone;
  gone.supervisor.second = os::Fd();
  gone.settle();
  CHECK(gone.context.stopped());

  Seams lying;
  const auto frame = seam::encode_frame(
      messages::FromSupervisor(messages::SessionChannel{"s1", crypto::to_text(lying.world.dialer.public_key()), 1}));
  CHECK(os::send_with_fd(lying.supervisor.second.get(), frame, -1).ok());
  lying.settle();
  CHECK(lying.context.stopped());
}

TEST_CASE("the supervisor tells by which keys the API is believed, and hears whether they are") {
  Seams seams;
  const auto next = policy::with_next(seams.world.api_set, seams.world.boot.public_key(), seams.world.clock.now());
  const auto tell = [&](const policy::KeySet& set) {
    const messages::FromSupervisor message(messages::UseKeys{set.number, policy::to_value(set)});
    seams.send(seams.supervisor.second, seam::encode_frame(message));
    return std::get<messages::KeysTaken>(seams.read<messages::ToSupervisor>(seams.supervisor.second).value());
  };
  const auto taken = tell(*next);
  CHECK(taken.number == 2);
  CHECK(taken.code.empty());
  CHECK(seams.world.api_keys->set() == *next);
  CHECK(tell(seams.world.api_set).code == "conflict");
  CHECK_FALSE(seams.context.stopped());
  // A channel that comes with its descriptor meanwhile is still taken for what it is.
  CHECK(seams.open_session("s9"));
}

TEST_CASE("F1: when a session began the supervisor says, and a key that had been retired by then signs nothing in it") {
  Seams seams;
  auto& world = seams.world;
  const auto now = world.clock.now();
  const auto next = policy::with_next(world.api_set, world.boot.public_key(), now).value();
  REQUIRE(world.api_keys->use(policy::to_value(next)).ok());
  REQUIRE(world.api_keys->use(policy::to_value(policy::with_retired(next, now, false))).ok());
  const auto later = seams.open_session("s1", now);
  seams.send(later, release_frame(world));
  CHECK(std::holds_alternative<messages::Refused>(seams.read<messages::ToBroker>(later).value()));
  const auto before = seams.open_session("s1", now - std::chrono::milliseconds(1));
  seams.send(before, release_frame(world));
  CHECK(std::holds_alternative<messages::Released>(seams.read<messages::ToBroker>(before).value()));
}

TEST_CASE("the vault's one thread never waits for the supervisor's bytes") {
  Seams seams;
  CHECK((::fcntl(seams.servers_end.get(), F_GETFL) & O_NONBLOCK) != 0);
  CHECK(os::receive_with_fd(seams.servers_end.get(), 64).error().code == base::Code::timed_out);
}

TEST_CASE("a login is tried through the vault's own dialer, with a credential that only it can open") {
  Seams seams;
  auto seam_to_dialer = os::socket_pair().value();
  DialerLogin login(seams.context, std::move(seam_to_dialer.first), seams.world.dialer.public_key());
  const auto home = base::ConnectionId::parse("home").value();
  const auto record = seams.world.store->get(home).value();
  std::vector<base::Status> outcomes;
  const auto attempt = [&] {
    login.attempt(record, [&](base::Status outcome) { outcomes.push_back(std::move(outcome)); });
    const auto asked = seams.read<seam::dialer::ToDialer>(seam_to_dialer.second).value();
    return std::get<seam::dialer::Dial>(asked);
  };
  const auto answer = [&](seam::dialer::FromDialer what) {
    seams.send(seam_to_dialer.second, seam::encode_frame(what));
  };

  const auto dial = attempt();
  CHECK(dial.request == login_request(record.url));
  CHECK(seams.world.dialer.open(dial.credential).ok());
  answer(seam::dialer::Answer{dial.id, 207, {}, "", "203.0.113.5:443"});
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].ok());

  answer(seam::dialer::Failed{attempt().id, base::Code::tls_failed, "The certificate is not trusted.", false});
  CHECK(outcomes.at(1).error().code == base::Code::tls_failed);

  // A server that is away is not a part of the platform that is away.
  answer(seam::dialer::Failed{attempt().id, base::Code::unavailable, "The server could not be reached.", false});
  CHECK(outcomes.at(2).error().code == base::Code::upstream_error);

  static_cast<void>(attempt());
  seam_to_dialer.second = os::Fd();
  seams.settle();
  CHECK(outcomes.at(3).error().code == base::Code::unavailable);
}

}  // namespace x1::vault
