// Call: one tool call of the agent, from its plan to its answer, as a state machine without I/O: `resume` takes what
// has happened and says what to do next. The order of a call's life is the order of the functions in call_plan.cpp
// (plan, decide, ask), call_reads.cpp (what a plan rests on), call_run.cpp (run, send, answer) and
// call_limits.cpp (what it uses up).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "audit/row.hpp"
#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "broker/event_log.hpp"
#include "broker/parts.hpp"
#include "broker/plans.hpp"
#include "broker/provider_ask.hpp"
#include "broker/tools.hpp"
#include "broker/turns.hpp"
#include "broker/untold.hpp"
#include "crypto/random.hpp"
#include "policy/decide.hpp"
#include "policy/ledger.hpp"
#include "seam/dialer.hpp"
#include "seam/gate.hpp"

namespace x1::broker {

inline constexpr std::size_t max_rounds = 8;
inline constexpr std::size_t max_requests_in_a_round = 16;
inline constexpr std::size_t max_open_challenges = 16;
inline constexpr base::Duration plan_limit = std::chrono::seconds(10);
inline constexpr base::Duration run_limit = std::chrono::seconds(60);
// Shorter than the minute after which MCP clients give a call up.
inline constexpr base::Duration hold_limit = std::chrono::seconds(50);
inline constexpr base::Duration challenge_life = std::chrono::minutes(10);

// What has happened.
struct Begin {};
struct ProviderAnswered {
  base::Result<std::string> bytes;
};
using Meaning = std::variant<seam::gate::ProviderResult, seam::gate::ProviderWants, seam::gate::ProviderFailed>;
struct ProviderUnderstood {
  Meaning meaning;
};
struct AskedDurably {};    // the row of the question stands on the disk
struct EnteredDurably {};  // so do those of all that had entered when AwaitEntries was asked for
struct RequestAnswered {
  std::size_t index = 0;
  std::variant<seam::dialer::Answer, base::Error> outcome;
  bool sent = false;  // whether the other side may have seen the request
};
struct LedgerChanged {};
struct TakenBack {  // by the person
  policy::RevokeGrants what;
};
struct DeadlinePassed {};
struct Stopped {  // the turn is over, the agent hung up, the record can't be written
  base::Error why;
};
using CallEvent = std::variant<Begin, ProviderAnswered, ProviderUnderstood, AskedDurably, EnteredDurably,
                               RequestAnswered, LedgerChanged, TakenBack, DeadlinePassed, Stopped>;

// What to do about it.
struct AskProvider {
  std::string domain;
  std::string payload;
};
struct Understand {  // by gate
  std::string bytes;
};
struct Record {
  audit::Entry entry;
  std::optional<policy::LedgerFact> fact;
  bool tell = false;  // resume with AskedDurably
};
// Resume with EnteredDurably.
struct AwaitEntries {};
struct Send {
  std::size_t index = 0;
  policy::RequestPermit permit;
};
struct CancelSends {};
struct Announce {
  NewEvent event;
};
// Puts the question to the people.
struct AskPeople {
  policy::Challenge challenge;
};
struct SetDeadline {
  base::Duration in;
};
struct Reply {
  wire::Value result;
};
struct ReplyError {
  base::Error error;
  wire::Value detail;
};
using CallAction = std::variant<AskProvider, Understand, Record, AwaitEntries, Send, CancelSends, Announce, AskPeople,
                                SetDeadline, Reply, ReplyError>;
using CallActions = std::vector<CallAction>;

// What every call may look at. Main keeps it all alive.
struct CallWorld {
  const policy::Ledger& ledger;
  const crypto::SigningKey& key;
  const base::Clock& clock;
  crypto::Random& random;
  Untold& untold;
  Plans& plans;
  Parts& parts;
  const std::size_t& durable_entries;  // of the sources that have entered, how many stand on the disk
};

struct ToolCall {
  base::CallId id;
  TurnPtr turn;
  ProviderTool tool;
  const Connection* connection;  // of the turn
  wire::Value arguments;         // checked against the tool's schema
  enum class Purpose { run, permission } purpose = Purpose::run;
  bool wait = true;                        // for permission: hold the call until the person decided
  bool account_named = false;              // by the agent: then it is not the person's to choose
  std::optional<std::string> within = {};  // the part of the account; nothing: all of it
  bool part_named = false;                 // by the agent: then it is not that of the grants
};

class Call {
 public:
  Call(const CallWorld& world, ToolCall what);

  // What to do now. Nothing once the call is finished.
  [[nodiscard]] CallActions resume(CallEvent event);
  [[nodiscard]] bool finished() const noexcept { return state_ == State::finished; }
  [[nodiscard]] const ToolCall& what() const noexcept { return what_; }
  // The grants with limits that it has used so far.
  [[nodiscard]] const std::vector<base::GrantId>& counted() const noexcept { return counted_; }

 private:
  enum class State {
    fresh,
    planning,
    reading_plan,
    sending_for_plan,
    asking,
    held,
    running,
    reading,
    sending,
    entering,
    finished
  };

  // call_limits.cpp
  void use_up(const policy::Permit& permit);
  [[nodiscard]] bool is_by_bytes(const policy::Permit& permit) const;
  [[nodiscard]] bool set_aside(policy::RequestPermit& permit);
  void give_back(const RequestAnswered& answered);
  [[nodiscard]] const policy::Permit& in_use() const { return permit_ ? *permit_ : *reading_; }

  // call_plan.cpp
  void begin();
  void plan_answered(Meaning& meaning);
  void take_plan(std::vector<wire::PlannedRequest> requests);
  void needs_permission();
  [[nodiscard]] bool is_barred(const std::string& scope) const;
  void refuse_barred();
  void ask_person();
  void hold(const base::ChallengeId& challenge);
  void look_at_challenge(bool held_enough = false);
  void choose_part();
  [[nodiscard]] policy::Challenge challenge(base::ChallengeId id, base::TimePoint now) const;
  [[nodiscard]] wire::Value granted() const;
  void ask_about(const base::ConnectionId& account);

  // call_reads.cpp
  [[nodiscard]] const policy::Scope* reading_scope() const;
  [[nodiscard]] const policy::Scope& asked_scope() const;
  [[nodiscard]] bool is_reading(std::vector<wire::PlannedRequest>& requests) const;
  void read_for_plan(seam::gate::ProviderWants& wants);
  void note_reading();
  void ask_plan();
  [[nodiscard]] bool plan_goes_on();
  void remember_plan();
  [[nodiscard]] const Plan* kept_plan() const;
  void hold_to_plan();
  [[nodiscard]] bool take_up_plan();

  // call_run.cpp
  void go_ahead(policy::Permit permit);
  void start_run(policy::Permit permit);
  void ask_round();
  void round_answered(Meaning& meaning);
  void send_round(std::vector<wire::PlannedRequest> wanted, const policy::Permit& permit);
  void refuse_round(const wire::PlannedRequest& wanted, const wire::PlannedRequest* planned, policy::DenyReason reason);
  void send_next();
  void request_answered(RequestAnswered& answered);
  [[nodiscard]] bool enter(const wire::Origin& origin);
  void hand_over();
  void end_under(const std::function<bool(const policy::Grant&)>& taken_back);
  void finish(wire::Value result);

  // call.cpp
  void provider_answered(ProviderAnswered& answered);
  void deadline_passed();
  void fail(base::Error error, wire::Value detail = {});
  void done(std::string_view outcome);
  void deny(policy::DenyReason reason);
  [[nodiscard]] audit::Entry entry(std::string_view kind, std::string_view outcome = "ok") const;
  [[nodiscard]] policy::Call decision_call() const;
  [[nodiscard]] policy::Decision decide();
  [[nodiscard]] policy::Decision decide(const policy::Call& call, const std::string& scope);
  [[nodiscard]] std::string_view base_path() const;
  [[nodiscard]] AskProvider ask_provider(policy::TicketMode mode);
  void act(CallAction action) { actions_.push_back(std::move(action)); }

  const CallWorld& world_;
  ToolCall what_;
  State state_ = State::fresh;
  CallActions actions_;

  std::optional<wire::CanonicalRequest> request_;  // once it is planned
  std::optional<crypto::Digest> digest_;
  std::optional<base::ChallengeId> challenge_;
  std::optional<policy::Challenge> asked_;
  std::optional<std::size_t> known_;  // of the last decision that was to ask

  std::optional<policy::Permit> reading_;  // for what the plan rests on
  std::vector<base::GrantId> readings_;    // under which it was read, in all rounds
  std::optional<policy::Permit> permit_;   // for the call
  std::string run_ticket_;
  std::string provider_state_;
  std::size_t rounds_ = 0;
  std::size_t requests_ = 0;                    // in all rounds: what a once-grant counts
  std::vector<policy::RequestPermit> to_send_;  // of this round, in order; moved out as they go
  std::size_t sent_ = 0;
  std::size_t answered_ = 0;
  std::vector<seam::dialer::Answer> answers_;  // of this round
  bool entering_ = false;                      // an answer brought a source in whose row may not be on the disk
  wire::Value::Array outcomes_;                // of all requests, for the audit
  std::vector<base::GrantId> counted_;
  std::uint64_t request_bytes_ = 0;  // of the one request under way, where bytes are counted
  std::uint64_t aside_ = 0;          // counted for it and its answer
  std::uint64_t returning_ = 0;      // given back in this step: the ledger hears of it after the step
};

}  // namespace x1::broker
