// For tests: a session of several people, and what they say, are asked and allow in it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/create_invite.hpp"
#include "api/desk_fixture.hpp"
#include "api/send_message.hpp"

namespace x1::api::testing {

// Ada's session is one of turns; bob comes in as `role`, cy is nobody in it.
struct Room : Desk {
  Caller cy{id<UserId>("cy"), false, ""};
  ConnectionId his = id<ConnectionId>("bobs-calendar");
  explicit Room(std::optional<Role> role = Role::participant) {
    must(store->people().add_user(User{cy.user, "cy", false, clock.now()}, ""));
    must(store->connections().add({his, bob.user, "caldav", "https://example.org/bob/", "bob", clock.now()}));
    talk = add_session("s2", true);
    if (role) must(store->members().add({talk, bob.user, "bob", *role, clock.now()}));
  }
  SessionId talk = session;

  SessionId add_session(std::string_view name, bool adapter) {
    const auto it = id<SessionId>(name);
    must(store->sessions().add({it, ada.user, SessionState::running, {}, "", adapter, "", "", clock.now()}));
    return it;
  }
  std::string invite(Role role = Role::participant, const std::string& name = "") {
    return must(create_invite::process(ada, {talk, role, name}, services)).token;
  }
  std::uint64_t say(const Caller& who) { return must(send_message::process(who, {talk, "hi"}, services)).number; }
  ChallengeRecord asks(std::string_view name, const UserId& actor, std::uint64_t turn) {
    auto it = question(name, actor);
    it.session = it.request.session = talk;
    it.request.connection = his;
    it.digest = digest_of(it.request);
    const ChallengeRecord record{it.id,
                                 talk,
                                 turn,
                                 actor,
                                 "calendar.read",
                                 his,
                                 it.digest,
                                 wire::Value::Object{{"challenge", policy::to_value(it)}},
                                 ChallengeState::pending,
                                 it.expires};
    must(store->consents().add_challenge(record));
    return record;
  }
  GrantRecord grant(std::string_view name, const ChallengeRecord& asked) {
    const GrantRecord it{
        id<GrantId>(name),         talk,         asked.id,         asked.actor, asked.scope, asked.connection,
        policy::Lifetime::session, std::nullopt, GrantState::live, clock.now()};
    must(store->consents().set_state(asked.id, ChallengeState::granted));
    must(store->consents().add_grant(it));
    return it;
  }
  std::vector<policy::Control> controls() {
    std::vector<policy::Control> all;
    const std::vector keys{key.public_key()};
    while (const auto message = must(store->outbox().oldest(talk))) {
      all.push_back(must(policy::verify_control(message->token, keys, clock.now())));
      must(store->outbox().done(message->id, "ok"));
    }
    return all;
  }
  // The broker has taken all that was sent so far, and has not said so yet.
  void sent() {
    while (const auto message = must(store->outbox().oldest(talk)))
      must(store->outbox().done(message->id, "ok"));
  }
  [[nodiscard]] Event reports(std::string type, wire::Value::Object payload) const {
    return {talk, 0, clock.now(), std::move(type), "", 0, std::move(payload)};
  }
  std::vector<std::string> event_types() {
    std::vector<std::string> types;
    for (const auto& event : must(store->journal().events(talk, 0, 100)))
      types.push_back(event.type);
    return types;
  }
};

}  // namespace x1::api::testing
