#include "api/create_account.hpp"
#include "api/create_connection.hpp"
#include "api/create_session.hpp"
#include "api/desk_fixture.hpp"
#include "api/login.hpp"
#include "api/logout.hpp"
#include "api/start_session.hpp"
#include "api/use_link.hpp"
#include "audit/verify.hpp"

using namespace x1;
using namespace x1::api;
using namespace x1::api::testing;
using base::Code;

namespace {

base::Result<LoggedIn> log_in(Desk& desk, const std::string& name, const std::string& password) {
  std::optional<base::Result<LoggedIn>> outcome;
  login::process({name, password, false}, desk.services,
                 [&](base::Result<LoggedIn> result) { outcome.emplace(std::move(result)); });
  REQUIRE(outcome);
  return std::move(*outcome);
}

}  // namespace

TEST_CASE("a login is good until it ends, and its token is stored nowhere") {
  Desk desk;
  const auto login = must(log_in(desk, "ada", "ada"));
  const auto caller = must(authenticate(desk.services, login.token));
  CHECK(caller.user == desk.ada.user);
  CHECK_FALSE(must(desk.store->people().login(login.token, desk.clock.now())));
  must(logout::process(caller, {}, desk.services));
  CHECK(desk.announcer.logouts == std::vector<std::string>{caller.token_hash});
  CHECK(authenticate(desk.services, login.token).error().code == Code::unauthenticated);

  const auto second = must(log_in(desk, "ada", "ada"));
  desk.clock.advance(login_life);
  CHECK_FALSE(authenticate(desk.services, second.token).ok());
}

TEST_CASE("a wrong password, an unknown name and an account without a password get the same answer") {
  Desk desk;
  must(ensure_owner(desk.services));
  const auto wrong = log_in(desk, "ada", "guess");
  CHECK(wrong.error() == log_in(desk, "nobody", "guess").error());
  CHECK(wrong.error() == log_in(desk, "owner", "").error());
}

TEST_CASE("the owner is who shows the bearer that the supervisor was given, for a quarter of an hour") {
  Desk desk;
  must(ensure_owner(desk.services));
  const auto rows = desk.platform_rows();
  const auto answer = mint_bearer(desk.services, {7});
  const auto* minted = std::get_if<seam::launch::Minted>(&answer);
  REQUIRE(minted != nullptr);
  CHECK(minted->number == 7);
  CHECK(minted->seconds == 900);
  CHECK(desk.platform_rows() == rows + 1);
  const auto caller = must(authenticate(desk.services, minted->token));
  CHECK(caller.owner);
  CHECK(caller.user == owner_id());
  CHECK_FALSE(authenticate(desk.services, "").ok());
  CHECK_FALSE(authenticate(desk.services, "wrong").ok());
  desk.clock.advance(owner_bearer_life);
  CHECK_FALSE(authenticate(desk.services, minted->token).ok());
}

TEST_CASE("a sign-in link that the supervisor was given lets the owner in once, for five minutes") {
  Desk desk;
  must(ensure_owner(desk.services));
  const auto link = [&] { return std::get<seam::launch::Minted>(mint_link(desk.services, {8})); };
  const auto first = link();
  CHECK(first.number == 8);
  CHECK(first.seconds == 300);
  CHECK_FALSE(authenticate(desk.services, first.token).ok());  // a link is no bearer
  auto& people = desk.services.store.people();
  CHECK(must(people.use_link(hash_of_token(first.token), desk.clock.now())) == owner_id());
  CHECK_FALSE(must(people.use_link(hash_of_token(first.token), desk.clock.now())).has_value());
  const auto late = link();
  desk.clock.advance(link_life);
  CHECK_FALSE(must(people.use_link(hash_of_token(late.token), desk.clock.now())).has_value());
}

TEST_CASE("passwords can be tried a few times, then slowly, and never not at all") {
  Desk desk;
  for (int i = 0; i < 5; ++i)
    CHECK(log_in(desk, "ada", "guess").error().code == Code::unauthenticated);
  CHECK(log_in(desk, "ada", "ada").error().code == Code::too_many);
  CHECK(log_in(desk, "bob", "bob").ok());
  desk.clock.advance(std::chrono::seconds(10));
  CHECK(log_in(desk, "ada", "ada").ok());
}

TEST_CASE("names without end do not fill the memory, nor lock the known ones out") {
  LoginLimits limits;
  base::FakeClock clock{base::TimePoint(std::chrono::hours(1))};
  for (int i = 0; i < 30'000; ++i) {
    if (!limits.allow("name" + std::to_string(i), clock.now())) clock.advance(std::chrono::seconds(1));
  }
  clock.advance(std::chrono::minutes(1));
  CHECK(limits.allow("ada", clock.now()));
}

TEST_CASE("a link works once") {
  Desk desk;
  must(desk.store->people().add_link({hash_of_token("link"), desk.ada.user, desk.clock.now() + link_life}));
  int in = 0;
  for (int i = 0; i < 2; ++i) {
    use_link::process({"link", false}, desk.services, [&](const base::Result<LoggedIn>& result) { in += result.ok(); });
  }
  CHECK(in == 1);
}

TEST_CASE("what can't be started leaves no trace of having been") {
  Desk desk;
  desk.launcher.there = false;
  const auto rows = desk.platform_rows();
  const auto sessions = must(desk.store->sessions().of(desk.ada.user)).size();
  CHECK_FALSE(create_session::process(desk.ada, {{"true"}, "", false, true}, desk.services).ok());
  CHECK(must(desk.store->sessions().of(desk.ada.user)).size() == sessions);
  CHECK(desk.platform_rows() == rows);
}

TEST_CASE("a folder of the machine is given by the owner of the platform alone") {
  Desk desk;
  auto caller = desk.ada;
  const create_session::Input input{{"true"}, "/home/ada", false, true};
  CHECK(create_session::process(caller, input, desk.services).error().code == Code::forbidden);
  caller.owner = true;
  CHECK(create_session::process(caller, input, desk.services).ok());
  REQUIRE(desk.launcher.started.size() == 1);
  CHECK(desk.launcher.started[0].workspace == "/home/ada");
  CHECK(create_session::process(caller, {{"true"}, "home", false, true}, desk.services).error().code ==
        Code::invalid_request);
}

TEST_CASE("one person's session can't be started by another") {
  Desk desk;
  const auto made = must(create_session::process(desk.ada, {{"true"}, "", false, false}, desk.services));
  CHECK(start_session::process(desk.bob, {made.id}, desk.services).error().code == Code::not_found);
  CHECK(must(start_session::process(desk.ada, {made.id}, desk.services)).state == SessionState::starting);
  CHECK(start_session::process(desk.ada, {made.id}, desk.services).error().code == Code::conflict);
}

TEST_CASE("a credential that the vault refuses leaves no connection, only a row") {
  Desk desk;
  desk.vault.outcome = base::Error{Code::tls_failed, "The certificate is not trusted.", ""};
  const auto rows = desk.platform_rows();
  std::optional<base::Error> error;
  create_connection::process(desk.bob, {{1, 2, 3}}, desk.services,
                             [&](const base::Result<ConnectionRecord>& result) { error = result.error(); });
  CHECK(error->code == Code::tls_failed);
  CHECK(must(desk.store->connections().of(desk.bob.user)).empty());
  CHECK(desk.platform_rows() == rows + 1);
}

TEST_CASE("the platform's rows are a chain that its own verifier finds whole") {
  Desk desk;
  must(log_in(desk, "ada", "ada"));
  CHECK_FALSE(log_in(desk, "ada", "guess").ok());
  must(create_session::process(desk.ada, {{"true"}, "", false, true}, desk.services));
  audit::Verifier verifier(audit::Trust{{{desk.key.key_id(), desk.key.public_key()}}, {}, {}});
  for (const auto& line : must(desk.store->journal().rows("platform", 0, 1'000)))
    CHECK(verifier.feed(line));
  const auto verdict = verifier.finish();
  CHECK_FALSE(verdict.broken_at);
  CHECK(verdict.rows == desk.platform_rows());
}
