// One call and what it may look at, for the tests of its state machine: no socket, no file, a clock that stands still.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <string>
#include <vector>

#include "broker/call.hpp"
#include "policy/examples.hpp"

namespace x1::broker::testing {

namespace examples = policy::testing;
using Purpose = ToolCall::Purpose;

template <class Action>
const Action* find(const CallActions& actions) {
  for (const auto& action : actions) {
    if (const auto* found = std::get_if<Action>(&action)) return found;
  }
  return nullptr;
}
template <class Action>
std::size_t count(const CallActions& actions) {
  std::size_t number = 0;
  for (const auto& action : actions)
    number += std::holds_alternative<Action>(action) ? 1U : 0U;
  return number;
}

struct CallRig {
  Toolbox toolbox = Toolbox::make({examples::manifest()}).value();
  crypto::SigningKey key = crypto::SigningKey::generate().value();
  base::FakeClock clock{examples::at(15)};
  crypto::SystemRandom random;
  policy::Ledger ledger;
  Untold untold;
  Plans plans;
  Parts parts;
  std::size_t durable_entries = 1000;  // whatever entered before
  bool hold_entries = false;           // what is awaited is not written at once
  CallWorld world{ledger, key, clock, random, untold, plans, parts, durable_entries};
  std::vector<Connection> accounts{account("home", "/ada/home/")};
  std::vector<audit::Entry> rows;
  std::vector<std::string> events;

  static Connection account(std::string_view id, std::string path) {
    auto url = examples::connection();
    url.path = std::move(path);
    return {examples::id<base::ConnectionId>(id), "caldav", url, wire::to_string(url)};
  }
  [[nodiscard]] TurnPtr turn(std::string_view actor = "ada", std::uint64_t number = 3) const {
    return std::make_shared<const Turn>(
        Turn{{examples::id<base::SessionId>("s1"), base::TurnNumber{number}, examples::id<base::UserId>(actor),
              crypto::sha256("go"), crypto::sha256("{}"), key.public_key(), examples::at(0), examples::at(3600)},
             "token",
             "go",
             accounts});
  }

  [[nodiscard]] Call call(std::string_view tool, Purpose purpose = Purpose::run, bool wait = true,
                          TurnPtr in = nullptr) {
    if (!in) in = turn();
    const auto* connection = in->connection("caldav", "", ledger.chosen_by(in->certificate.actor));
    return Call(world, ToolCall{examples::id<base::CallId>("call1"), in, *toolbox.find(tool), connection,
                                wire::Value::Object{}, purpose, wait});
  }

  // Resumes, and does what can be done at once: rows, facts, events.
  CallActions feed(Call& call, CallEvent event) {
    auto actions = call.resume(std::move(event));
    for (auto& action : actions) {
      if (const auto* record = std::get_if<Record>(&action)) {
        rows.push_back(record->entry);
        if (record->fact) ledger.apply(*record->fact);
      }
      if (const auto* news = std::get_if<Announce>(&action)) events.push_back(news->event.type);
      if (std::holds_alternative<AskPeople>(action)) events.emplace_back("consent.asked");
    }
    if (hold_entries || find<AwaitEntries>(actions) == nullptr) return actions;
    auto more = feed(call, EnteredDurably{});
    std::ranges::move(more, std::back_inserter(actions));
    return actions;
  }

  CallActions answers(Call& call, Meaning meaning) {
    const auto read = feed(call, ProviderAnswered{std::string("{}")});
    REQUIRE(find<Understand>(read) != nullptr);
    return feed(call, ProviderUnderstood{std::move(meaning)});
  }
  CallActions wants(Call& call, std::vector<wire::PlannedRequest> requests) {
    return answers(call, seam::gate::ProviderWants{1, std::move(requests), "where I was"});
  }

  // A person's yes to the question that is pending for this request.
  void consent(const base::ChallengeId& id, policy::Lifetime lifetime, std::optional<std::string> within = {}) {
    const auto* asked = ledger.challenge(id);
    REQUIRE(asked != nullptr);
    auto token = examples::consent(*asked, lifetime, "t-" + id.text());
    token.within = std::move(within);
    ledger.apply(
        ledger.redeem(token, "text", examples::id<base::GrantId>("g-" + id.text().substr(0, 8)), clock.now()).value());
  }
  // Grants the tool's scope by the whole way: question, row, consent. The call that it was asked for was made, too.
  void grant(std::string_view tool, policy::Lifetime lifetime, std::vector<wire::PlannedRequest> planned = {},
             std::optional<std::string> within = {}) {
    agree(tool, lifetime, std::move(planned), std::move(within));
    if (lifetime != policy::Lifetime::once) plans = {};
  }
  // The same, with that call still to be made.
  void agree(std::string_view tool, policy::Lifetime lifetime, std::vector<wire::PlannedRequest> planned = {},
             std::optional<std::string> within = {}) {
    auto asking = call(tool, Purpose::permission);
    feed(asking, Begin{});
    wants(asking, std::move(planned));
    feed(asking, AskedDurably{});
    REQUIRE(!asking.finished());
    const auto* pending = last_asked();
    REQUIRE(pending != nullptr);
    consent(pending->id, lifetime, std::move(within));
    REQUIRE(find<Reply>(feed(asking, LedgerChanged{})) != nullptr);
  }
  [[nodiscard]] const policy::Challenge* last_asked() const {
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
      if (row->kind != "consent.asked") continue;
      const auto digest = crypto::digest_from_hex(row->digest);
      return ledger.pending(*digest, base::TurnNumber{row->turn}, clock.now());
    }
    return nullptr;
  }
};

inline std::string code_of(const CallActions& actions) {
  const auto* error = find<ReplyError>(actions);
  return error == nullptr ? std::string("no error") : std::string(base::to_string(error->error.code));
}
inline std::string status_of(const CallActions& actions) {
  const auto* reply = find<Reply>(actions);
  const auto* status = reply == nullptr ? nullptr : reply->result.find_string("status");
  return status == nullptr ? "no status" : *status;
}

inline wire::PlannedRequest report() { return examples::report(); }
inline seam::dialer::Answer answer() { return {1, 207, {}, "<multistatus/>", "192.0.2.1:443"}; }

}  // namespace x1::broker::testing
