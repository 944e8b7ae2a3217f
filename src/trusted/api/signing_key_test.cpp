// One signing key of the API that follows another: the two files, the row, and what waits to be sent.
#include "api/signing_key.hpp"

#include <stdlib.h>

#include <filesystem>

#include "api/control_sender.hpp"
#include "api/controls.hpp"
#include "api/desk_fixture.hpp"
#include "api/platform_audit.hpp"
#include "audit/verify.hpp"
#include "os/file.hpp"
#include "policy/key_set.hpp"

using namespace x1;
using namespace x1::api;
using namespace x1::api::testing;
using base::Code;

namespace {

struct State {
  State() {
    std::string name = (std::filesystem::temp_directory_path() / "x1-key-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    write(must(crypto::SigningKey::generate()));
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { std::filesystem::remove_all(folder); }
  void write(const crypto::SigningKey& key) const {
    const auto seed = must(key.seed());
    must(os::write_file(folder + "/signing.seed", base::as_text(seed.expose())));
  }
  std::string folder;
};

// A desk whose key has been written down as the one that signs.
struct Signing : Desk {
  Signing() { must(adopt_key(services, false)); }
  // Another key from here on; returns the one before.
  crypto::SigningKey follow(bool revoked) {
    auto before = std::exchange(key, must(crypto::SigningKey::generate()));
    must(adopt_key(services, revoked));
    return before;
  }
  std::string waiting(std::string_view last = "") {
    return must(store->outbox().next(session, std::string(last))).value().token;
  }
};

void write_row(Desk& desk) {
  audit::Entry entry;
  entry.kind = "test";
  must(audit_alone(desk.services, std::move(entry)));
}

Code code_of(const auto& result) { return result.ok() ? Code::internal : result.error().code; }

}  // namespace

TEST_CASE("F1: a key follows when its file takes the place of the one before, and it is the one that was meant") {
  const State state;
  const auto first = must(read_signing_key(state.folder + "/signing.seed"));
  const auto made = must(make_next_key(state.folder));
  CHECK(must(read_signing_key(state.folder + "/signing.seed")).key_id() == first.key_id());
  const auto other = must(crypto::SigningKey::generate());
  CHECK(code_of(take_next_key(state.folder, crypto::to_text(other.public_key()))) == Code::conflict);
  CHECK(must(read_signing_key(state.folder + "/signing.seed")).key_id() == first.key_id());
  CHECK(must(take_next_key(state.folder, crypto::to_text(made))).public_key() == made);
  CHECK(must(read_signing_key(state.folder + "/signing.seed")).public_key() == made);
  CHECK(code_of(take_next_key(state.folder, crypto::to_text(made))) == Code::not_found);
  // One that was made and never used is forgotten for the next.
  static_cast<void>(must(make_next_key(state.folder)));
  const auto last = must(make_next_key(state.folder));
  CHECK(must(take_next_key(state.folder, crypto::to_text(last))).public_key() == last);
}

TEST_CASE("H1: the new key's first row says whom it follows, and the chain is whole across both") {
  Signing desk;
  CHECK(desk.platform_rows() == must(desk.store->journal().rows("platform", 0, 100)).size());
  write_row(desk);
  const auto rows = desk.platform_rows();
  must(adopt_key(desk.services, false));
  CHECK(desk.platform_rows() == rows);
  const auto before = desk.follow(false);
  CHECK(desk.platform_rows() == rows + 1);
  must(adopt_key(desk.services, false));
  CHECK(desk.platform_rows() == rows + 1);
  write_row(desk);

  audit::Trust trust;
  for (const auto& text : must(desk.store->journal().keys())) {
    const auto key = must(crypto::public_key_from_text(text));
    trust.keys.emplace(crypto::key_id(key), key);
    trust.in_turn.push_back(crypto::key_id(key));
  }
  CHECK(trust.in_turn == std::vector{before.key_id(), desk.key.key_id()});
  audit::Verifier verifier(trust);
  for (const auto& line : must(desk.store->journal().rows("platform", 0, 100)))
    verifier.feed(line);
  CHECK_FALSE(verifier.finish().broken_at);
  const auto row = must(audit::decode_line(must(desk.store->journal().rows("platform", rows, 1)).at(0))).row;
  CHECK(row.entry.kind == "keys.rotated");
  CHECK(row.kid == desk.key.key_id());
  CHECK(*row.entry.detail.find_string("before") == crypto::to_text(before.public_key()));
}

TEST_CASE("F1: a key that another has followed does not sign again") {
  Signing desk;
  auto before = desk.follow(false);
  std::swap(desk.key, before);
  CHECK(code_of(adopt_key(desk.services, false)) == Code::storage_failed);
}

TEST_CASE("F1: a key that followed just before its API was started again is told of the revocation once more") {
  Signing desk;
  must(add_control(desk.services, desk.session, desk.ada.user, policy::RevokeGrants{}));
  const auto challenge = desk.asked("c1", desk.ada.user);
  const auto now = desk.clock.now();
  must(add_consent(desk.services,
                   {"t1", challenge.id, desk.session, desk.ada.user, challenge.scope, challenge.connection,
                    challenge.digest, policy::Lifetime::once, std::nullopt, now, now + policy::max_consent_life}));
  // Its start does not know that the one before is to be revoked.
  desk.follow(false);
  const auto rows = desk.platform_rows();
  must(adopt_key(desk.services, true));
  CHECK(desk.platform_rows() == rows + 1);
  const std::array now_keys{desk.key.public_key()};
  const auto id = must(desk.store->outbox().next(desk.session, "")).value().id;
  CHECK(policy::verify_control(desk.waiting(), now_keys, now).ok());
  CHECK(policy::verify_consent(desk.waiting(id), now_keys, now).ok());
}

TEST_CASE("F1: what waits for a broker is signed by the key that follows, and a consent if the old key is revoked") {
  for (const bool revoked : {false, true}) {
    CAPTURE(revoked);
    Signing desk;
    must(add_control(desk.services, desk.session, desk.ada.user, policy::RevokeGrants{}));
    const auto challenge = desk.asked("c1", desk.ada.user);
    const auto now = desk.clock.now();
    const policy::ConsentToken consent{"t1",
                                       challenge.id,
                                       desk.session,
                                       desk.ada.user,
                                       challenge.scope,
                                       challenge.connection,
                                       challenge.digest,
                                       policy::Lifetime::once,
                                       std::nullopt,
                                       now,
                                       now + policy::max_consent_life};
    must(add_consent(desk.services, consent));
    const auto before = desk.follow(revoked);
    const std::array now_keys{desk.key.public_key()};
    const std::array old_keys{before.public_key()};
    CHECK(policy::verify_control(desk.waiting(), now_keys, now).ok());
    const auto id = must(desk.store->outbox().next(desk.session, "")).value().id;
    CHECK(must(policy::verify_consent(desk.waiting(id), revoked ? now_keys : old_keys, now)) == consent);
  }
}

TEST_CASE("D2: a revocation that was on its way when its key was revoked is sent again, whatever its broker answered") {
  Signing desk;
  std::vector<std::pair<std::string, Then<std::string>>> asked;
  ControlSender sender(desk.services, [&](const std::string&, const std::string& token, Then<std::string> then) {
    asked.emplace_back(token, std::move(then));
  });
  must(add_control(desk.services, desk.session, desk.ada.user, policy::RevokeGrants{}));
  sender.send(desk.session);
  desk.follow(true);
  REQUIRE(asked.size() == 1);
  const auto first = asked[0].second;
  first(std::string("error invalid_token The token is signed with a key that is not believed."));
  REQUIRE(asked.size() == 2);
  CHECK(asked[1].first != asked[0].first);
  const auto second = asked[1].second;
  second(std::string("ok"));
  CHECK(must(desk.store->outbox().waiting()).empty());
}
