// Store: the port through which the API remembers. One contract (store_contract.hpp) that every implementation passes.
// "Nothing" is an empty optional; an Error is a store that failed, or conflict where a key exists already.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/records.hpp"
#include "base/result.hpp"

namespace x1::api {

template <class T>
using Maybe = base::Result<std::optional<T>>;
template <class T>
using List = base::Result<std::vector<T>>;
using base::Status;

// A port has no fields, is not copied, and ends through its own type.
class Port {
 public:
  Port() = default;
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  virtual ~Port() = default;
};

class People : public Port {
 public:
  struct Account {
    User user;
    std::string password;  // hash; empty: nobody logs in with a password here
  };
  virtual Status add_user(const User& user, const std::string& password_hash) = 0;
  virtual Maybe<User> user(const UserId& id) = 0;
  virtual Maybe<Account> account(const std::string& name) = 0;
  virtual List<User> users() = 0;
  virtual Status add_login(const Login& login) = 0;
  virtual Maybe<Login> login(const std::string& token_hash, TimePoint now) = 0;  // one that has not expired
  virtual Status remove_login(const std::string& token_hash) = 0;
  virtual Status remove_expired(TimePoint now) = 0;
  virtual Status add_link(const Login& link) = 0;
  virtual Maybe<UserId> use_link(const std::string& token_hash, TimePoint now) = 0;  // works once
};

class Sessions : public Port {
 public:
  virtual Status add(const Session& session) = 0;  // and its owner as its first member
  virtual Maybe<Session> find(const SessionId& id) = 0;
  virtual List<Session> of(const UserId& member) = 0;  // the newest first
  virtual List<Session> alive() = 0;                   // starting or running
  virtual Status set_state(const SessionId& id, SessionState state, const std::string& reason) = 0;
  // A broker booted for the session: its key is the session's from now on, and is remembered for good.
  virtual Status booted(const SessionId& id, const std::string& boot_key, TimePoint now) = 0;
  virtual List<std::string> boot_keys(const SessionId& id) = 0;
};

// Who is in which session, and who may come.
class Members : public Port {
 public:
  virtual Status add(const Member& member) = 0;  // fails with conflict for one who is there
  virtual Maybe<Member> find(const SessionId& session, const UserId& user) = 0;
  virtual List<Member> of(const SessionId& session) = 0;  // who came first is first
  virtual Status remove(const SessionId& session, const UserId& user) = 0;
  virtual Status add_invite(const Invite& invite) = 0;
  // Works once, for the account of that name.
  virtual Maybe<Invite> use_invite(const std::string& token_hash, const std::string& name, TimePoint now) = 0;
  // Those that the account of that name could use.
  virtual Status remove_invites(const SessionId& session, const std::string& name) = 0;
  virtual base::Result<std::uint64_t> count_invites(const SessionId& session, TimePoint now) = 0;
  virtual Status remove_expired(TimePoint now) = 0;
};

class Turns : public Port {
 public:
  virtual base::Result<std::uint64_t> queue(const SessionId& session, const UserId& actor, const std::string& message,
                                            TimePoint now) = 0;
  virtual Maybe<Turn> find(const SessionId& session, std::uint64_t number) = 0;
  virtual Maybe<Turn> open_one(const SessionId& session) = 0;     // the one that is open
  virtual Maybe<Turn> next_queued(const SessionId& session) = 0;  // the oldest that waits
  virtual base::Result<std::uint64_t> count_queued(const SessionId& session, const UserId& actor) = 0;
  virtual List<Turn> unfinished(const SessionId& session) = 0;  // the open one, then those that wait, in their order
  // Fails with conflict while another turn is open.
  virtual Status open(const SessionId& session, std::uint64_t number, TimePoint now) = 0;
  virtual Status close(const SessionId& session, std::uint64_t number, const std::string& outcome, TimePoint now) = 0;
  virtual Status close_all(const SessionId& session, const std::string& outcome, TimePoint now) = 0;
};

class Consents : public Port {
 public:
  virtual Status add_challenge(const ChallengeRecord& challenge) = 0;
  virtual Maybe<ChallengeRecord> challenge(const ChallengeId& id) = 0;
  virtual List<ChallengeRecord> challenges(const SessionId& session) = 0;
  virtual Status set_state(const ChallengeId& id, ChallengeState state) = 0;
  // What people are shown of it.
  virtual Status set_asked(const ChallengeId& id, const wire::Value& asked) = 0;
  // The one consent of a challenge: a second is a conflict, whoever asks and however often.
  virtual Status add_consent(const policy::ConsentToken& token) = 0;
  virtual Maybe<policy::ConsentToken> consent(const ChallengeId& challenge) = 0;
  // What this person has said yes to in this session so far is taken back, wherever it is on its way; for good.
  virtual Status take_back(const SessionId& session, const UserId& actor) = 0;
  virtual base::Result<bool> is_taken_back(const ChallengeId& challenge) = 0;
  virtual Status add_grant(const GrantRecord& grant) = 0;
  virtual Maybe<GrantRecord> grant(const GrantId& id) = 0;
  virtual List<GrantRecord> grants(const SessionId& session) = 0;
  virtual Status set_state(const GrantId& id, GrantState state) = 0;
  virtual Status set_used(const GrantId& id, const policy::Usage& used) = 0;
  virtual Status revoke_all(const SessionId& session) = 0;  // every grant of it that is not spent
  // All of them, in sessions that are starting or running; with those that were spent, whose request may be under way.
  virtual List<GrantRecord> live_grants(const ConnectionId& connection) = 0;
  virtual List<ChallengeRecord> pending(const ConnectionId& connection) = 0;
  // The same, all of one person's in one session.
  virtual List<GrantRecord> live_grants(const SessionId& session, const UserId& actor) = 0;
  virtual List<GrantRecord> live_grants(const SessionId& session) = 0;  // everybody's
  virtual List<ChallengeRecord> pending(const SessionId& session, const UserId& actor) = 0;
  // Those whose yes is on its way to the broker.
  virtual List<ChallengeRecord> approved(const SessionId& session, const UserId& actor) = 0;
  // What is denied for the session; one that is there already stays.
  virtual Status add_denial(const ChallengeId& challenge, TimePoint at) = 0;
  virtual Status remove_denial(const ChallengeId& challenge) = 0;
  virtual Maybe<Denial> denial(const ChallengeId& challenge) = 0;
  virtual List<Denial> denials(const SessionId& session) = 0;
};

class Connections : public Port {
 public:
  virtual Status add(const ConnectionRecord& connection) = 0;
  virtual Maybe<ConnectionRecord> find(const ConnectionId& id) = 0;
  virtual List<ConnectionRecord> of(const UserId& owner) = 0;
  virtual Status remove(const ConnectionId& id) = 0;
};

class Journal : public Port {
 public:
  // The number the event got. `broker_seq` is the broker's own number for it, or 0 when the API made it; one that is
  // there already is a conflict.
  virtual base::Result<std::uint64_t> append(const Event& event, std::uint64_t broker_seq) = 0;
  virtual base::Result<std::uint64_t> last_broker_seq(const SessionId& session) = 0;
  virtual Maybe<Event> broker_event(const SessionId& session, std::uint64_t broker_seq) = 0;
  virtual List<Event> events(const SessionId& session, std::uint64_t after, std::size_t limit) = 0;

  // Rows of the audit, as their signed lines, by chain: a session's id, or "platform".
  virtual Status add_row(const std::string& chain, const Head& head, const std::string& line) = 0;
  virtual base::Result<Head> head(const std::string& chain) = 0;  // seq 0: no row yet
  virtual base::Result<std::optional<Head>> row(const std::string& chain, std::uint64_t seq) = 0;
  virtual List<std::string> rows(const std::string& chain, std::uint64_t after, std::size_t limit) = 0;
  // The keys that the API has signed with, as texts, the oldest first.
  virtual Status add_key(const std::string& key) = 0;  // fails with conflict for one that is there
  virtual List<std::string> keys() = 0;
};

class Outbox : public Port {
 public:
  virtual Status add(const ControlMessage& message) = 0;
  // The first that is not yet done and came after the one of that id; an empty id: the first of all.
  virtual Maybe<ControlMessage> next(const SessionId& session, const std::string& after) = 0;
  Maybe<ControlMessage> oldest(const SessionId& session) { return next(session, ""); }
  virtual Maybe<ControlMessage> find(const std::string& id) = 0;  // one that is not yet done
  virtual Status set_token(const std::string& id, const std::string& token) = 0;
  virtual Status done(const std::string& id, const std::string& outcome) = 0;
  virtual List<SessionId> waiting() = 0;
};

class Store : public Port {
 public:
  // All that `work` does, or nothing: rolled back when it fails.
  virtual Status transaction(const std::function<Status()>& work) = 0;
  virtual People& people() = 0;
  virtual Sessions& sessions() = 0;
  virtual Members& members() = 0;
  virtual Turns& turns() = 0;
  virtual Consents& consents() = 0;
  virtual Connections& connections() = 0;
  virtual Journal& journal() = 0;
  virtual Outbox& outbox() = 0;
};

// What `work` gives, read and written in one transaction: what it has looked at is still so when it writes.
template <class Work>
[[nodiscard]] auto in_transaction(Store& store, const Work& work) -> decltype(work()) {
  std::optional<decltype(work())> outcome;
  const auto committed = store.transaction([&]() -> Status {
    outcome.emplace(work());
    if (!outcome->ok()) return outcome->error();
    return base::Done{};
  });
  if (!committed.ok()) return committed.error();
  return std::move(*outcome);
}

}  // namespace x1::api
