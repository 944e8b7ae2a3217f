// Three people, two sessions, three scopes, in any order that chance makes: what the ledger, the decision and the turns
// say is compared, step by step, with a small model that is written down from schema/states.toml. A million steps;
// X1_INTERLEAVINGS=N for N millions, X1_SEED=N for others.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>

#include "broker/turns.hpp"
#include "policy/examples.hpp"
#include "policy/ledger.hpp"

namespace x1::broker {
namespace {

namespace examples = policy::testing;
using base::Code;
using examples::at;
using examples::id;
using policy::Lifetime;

constexpr std::array people{"ada", "bob", "cy"};
constexpr std::array sessions{"s1", "s2"};
constexpr std::array scopes{"calendar.read", "calendar.write", "files.read"};
constexpr std::array tools{"calendar_list_events", "calendar_create_event", "files_read"};
constexpr std::array connections{"home", "work"};
constexpr std::array parts{"", "/ada/home/a/", "/ada/home/b/"};  // of either account; the first: all of it
constexpr int steps_of_a_story = 250;

// What is asked, allowed and called: everything a yes is bound to, as numbers.
struct Matter {
  std::size_t session = 0, actor = 0, scope = 0, connection = 0;
  std::size_t request = 0;  // of the digest
  bool operator==(const Matter&) const = default;
};

// ── the model: schema/states.toml, once more and plainly ──

struct Question {
  Matter what;
  std::uint64_t turn = 0;
  int expires = 0;
  bool passkey = false;
  std::size_t sources = 0;  // that had entered when it was asked
  enum { pending, granted, denied, withdrawn } state = pending;
};
struct Yes {
  std::size_t id = 0, question = 0;
  Matter what;
  Lifetime lifetime = Lifetime::once;
  bool end = false;  // has one
  int until = 0, expires = 0;
  std::size_t part = 0;
};
struct Allowed {
  Matter what;
  Lifetime lifetime = Lifetime::once;
  std::uint64_t turn = 0;
  int granted = 0, until = 0;
  std::size_t part = 0, sources = 0;
  enum { live, spent, revoked } state = live;
};
struct Remembered {
  std::vector<Question> questions;
  std::vector<std::size_t> used;
  std::vector<Allowed> grants;
  std::vector<std::size_t> entered;  // sources, in their order
  std::uint64_t last_turn = 0;
};

using Outcome = std::optional<Code>;  // nothing: it is done

Outcome may_redeem(const Remembered& model, const Yes& yes, int now) {
  if (yes.question >= model.questions.size()) return Code::not_found;
  const auto& question = model.questions[yes.question];
  if (question.state != Question::pending) return Code::conflict;
  if (std::ranges::find(model.used, yes.id) != model.used.end()) return Code::conflict;
  if (now >= question.expires) return Code::expired;
  if (yes.what != question.what) return Code::invalid_token;
  if (yes.end != (yes.lifetime == Lifetime::until)) return Code::invalid_token;
  if (now >= yes.expires + 5 || (yes.end && now >= yes.until)) return Code::expired;
  if (question.passkey) return Code::passkey_required;
  if (yes.part != 0 && yes.lifetime == Lifetime::once) return Code::invalid_token;
  return std::nullopt;
}

// But for what has entered since it was asked for.
bool would_serve(const Allowed& grant, const Matter& call, std::size_t part, std::uint64_t turn, int now) {
  auto what = grant.what;
  if (grant.lifetime != Lifetime::once) what.request = call.request;
  if (grant.state != Allowed::live || what != call || (grant.part != 0 && grant.part != part)) return false;
  switch (grant.lifetime) {
    case Lifetime::once: return now - grant.granted <= 300;
    case Lifetime::turn: return grant.turn == turn;
    case Lifetime::session: return true;
    case Lifetime::until: return now < grant.until;
  }
  return false;
}

bool serves(const Remembered& model, const Allowed& grant, const Matter& call, std::size_t part, std::uint64_t turn,
            int now) {
  const bool writes = scopes.at(call.scope) == std::string_view("calendar.write");
  return would_serve(grant, call, part, turn, now) && (!writes || grant.sources == model.entered.size());
}

// ── the same in the words of the real thing ──

struct Words {
  Words() {
    manifest = examples::manifest();
    manifest.scopes.push_back(policy::Scope{"files.read", "Read your files", false, {{{wire::Method::get}, "**"}}});
    manifest.tools.push_back(policy::Tool{"files_read", "Reads.", "files.read", manifest.tools[0].input_schema});
    for (std::size_t i = 0; i < 37; ++i)
      digests.push_back(crypto::sha256("request " + std::to_string(i)));
    for (int i = 0; i < 4; ++i)
      boots.push_back(crypto::SigningKey::generate()->public_key());
  }
  [[nodiscard]] policy::Challenge challenge(const Question& question, std::size_t number) const {
    auto asked = request;
    asked.session = id<base::SessionId>(sessions.at(question.what.session));
    asked.actor = id<base::UserId>(people.at(question.what.actor));
    asked.scope = scopes.at(question.what.scope);
    asked.connection = id<base::ConnectionId>(connections.at(question.what.connection));
    policy::Challenge made{id<base::ChallengeId>("c" + std::to_string(number)),
                           asked.session,
                           base::TurnNumber{question.turn},
                           asked,
                           digests.at(question.what.request),
                           at(0),
                           at(question.expires)};
    if (question.passkey) made.assurance = policy::Assurance::passkey;
    made.base_path = "/ada/home/";
    return made;
  }
  [[nodiscard]] policy::ConsentToken token(const Yes& yes) const {
    policy::ConsentToken made{"t" + std::to_string(yes.id),
                              id<base::ChallengeId>("c" + std::to_string(yes.question)),
                              id<base::SessionId>(sessions.at(yes.what.session)),
                              id<base::UserId>(people.at(yes.what.actor)),
                              scopes.at(yes.what.scope),
                              id<base::ConnectionId>(connections.at(yes.what.connection)),
                              digests.at(yes.what.request),
                              yes.lifetime,
                              std::nullopt,
                              at(0),
                              at(yes.expires)};
    if (yes.end) made.until = at(yes.until);
    if (yes.part != 0) made.within = parts.at(yes.part);
    return made;
  }
  [[nodiscard]] policy::Call call(const Matter& what, std::size_t part, std::optional<std::uint64_t> turn,
                                  std::size_t entered) const {
    policy::Call made{id<base::CallId>("call"),
                      id<base::SessionId>(sessions.at(what.session)),
                      std::nullopt,
                      id<base::UserId>(people.at(what.actor)),
                      tools.at(what.scope),
                      id<base::ConnectionId>(connections.at(what.connection)),
                      digests.at(what.request)};
    if (turn) made.turn = base::TurnNumber{*turn};
    if (part != 0) made.within = parts.at(part);
    made.entered = entered;
    return made;
  }
  policy::Manifest manifest;
  std::vector<crypto::Digest> digests;
  std::vector<crypto::PublicKey> boots;
  wire::CanonicalRequest request = examples::request();
};

// One broker and its session: the real one, the model, and what of each is on disk.
struct Side {
  Side(const Words& of, std::size_t number)
      : words(of), session(number), turns(id<base::SessionId>(sessions.at(number)), of.boots[0], 0) {}

  void record(const policy::LedgerFact& fact, bool twice) {
    ledger.apply(fact);
    rows.push_back(fact);
    if (!twice) return;
    const auto before = ledger;
    ledger.apply(fact);
    REQUIRE(ledger == before);
  }
  void write() {
    on_disk = now_known;
    written = rows.size();
  }
  // What was not written is forgotten; the rest is applied anew.
  void crash() {
    now_known = on_disk;
    rows.resize(written, policy::Spent{id<base::GrantId>("g0")});
    ledger = {};
    for (const auto& row : rows)
      ledger.apply(row);
    boot = (boot + 1) % words.boots.size();
    turns = Turns(id<base::SessionId>(sessions.at(session)), words.boots[boot], on_disk.last_turn);
    seen = 0;
    turn.reset();
  }

  const Words& words;
  std::size_t session;
  policy::Ledger ledger;
  Turns turns;
  std::vector<policy::LedgerFact> rows;
  std::size_t written = 0;
  Remembered now_known, on_disk;
  std::size_t boot = 0;
  std::uint64_t seen = 0;
  std::optional<std::pair<std::uint64_t, std::size_t>> turn;  // number and actor, while it is open
};

template <class T>
Outcome outcome(const base::Result<T>& result) {
  return result.ok() ? Outcome() : Outcome(result.error().code);
}

class Story {
 public:
  Story(const Words& words, std::mt19937_64& chance) : words_(words), chance_(chance) {}

  void step() {
    Side& side = sides_.at(below(2));
    switch (below(16)) {
      case 0:
      case 1: return open_turn(side);
      case 2: return close_turn(side);
      case 3:
      case 4: return ask(side);
      case 5:
      case 6:
      case 7: return redeem(side);
      case 8: return below(2) == 0 ? deny(side) : withdraw(side);
      case 9: return revoke(side);
      case 10: return below(4) == 0 ? enter(side) : static_cast<void>(now_ += static_cast<int>(below(20)));
      case 11: return below(8) == 0 ? side.crash() : side.write();
      default: return call(side);
    }
  }

  int allowed = 0, granted = 0;

 private:
  std::size_t below(std::size_t end) { return chance_() % end; }
  bool seldom() { return below(8) == 0; }
  std::size_t question(const Side& side) { return below(side.now_known.questions.size() + (seldom() ? 1 : 0) + 1); }
  Matter other(Matter what) {
    switch (below(5)) {
      case 0: what.session = 1 - what.session; break;
      case 1: what.actor = (what.actor + 1) % people.size(); break;
      case 2: what.scope = (what.scope + 1) % scopes.size(); break;
      case 3: what.connection = 1 - what.connection; break;
      default: what.request = 36;
    }
    return what;
  }

  void open_turn(Side& side) {
    const std::size_t session = seldom() ? 1 - side.session : side.session;
    const std::size_t boot = seldom() ? (side.boot + 1) % words_.boots.size() : side.boot;
    const std::uint64_t number = std::max(side.seen, side.now_known.last_turn) + 1 - (below(4) == 0 ? 1 : 0);
    if (number == 0) return;
    const std::size_t actor = below(people.size());
    policy::TurnCertificate certificate{id<base::SessionId>(sessions.at(session)),
                                        base::TurnNumber{number},
                                        id<base::UserId>(people.at(actor)),
                                        words_.digests[0],
                                        words_.digests[0],
                                        words_.boots[boot],
                                        at(0),
                                        at(600)};
    Outcome expected;
    if (session != side.session || boot != side.boot)
      expected = Code::invalid_token;
    else if (number <= side.seen || number < side.now_known.last_turn)
      expected = Code::conflict;
    REQUIRE(outcome(side.turns.open(Turn{std::move(certificate), "", "", {}})) == expected);
    if (expected) return;
    side.seen = side.now_known.last_turn = number;
    side.turn = {number, actor};
    side.write();  // its row is durable before it opens for the agent
  }
  void close_turn(Side& side) {
    REQUIRE((side.turns.close() != nullptr) == side.turn.has_value());
    side.turn.reset();
  }
  void ask(Side& side) {
    if (!side.turn) return;
    Question question;
    question.what = {side.session, side.turn->second, below(scopes.size()), below(connections.size()), 0};
    question.what.request = ((side.session * 3 + question.what.actor) * 3 + question.what.scope) * 2 + below(2);
    question.turn = side.turn->first;
    question.expires = now_ + static_cast<int>(below(400)) + 1;
    question.passkey = below(16) == 0;
    question.sources = side.now_known.entered.size();
    auto asked = words_.challenge(question, side.now_known.questions.size());
    for (const auto& entered : side.ledger.entered())
      asked.sources.push_back(entered.source);
    side.record(policy::Asked{std::move(asked)}, seldom());
    side.now_known.questions.push_back(question);
    side.write();  // shown only after it was written down
  }
  void redeem(Side& side) {
    Yes yes;
    yes.question = question(side);
    if (yes.question < side.now_known.questions.size()) yes.what = side.now_known.questions[yes.question].what;
    if (seldom()) yes.what = other(yes.what);
    yes.id = seldom() ? below(4) : ++last_id_;
    yes.lifetime = policy::Lifetime(below(4));
    yes.end = (yes.lifetime == Lifetime::until) != (below(16) == 0);
    yes.part = below(2) * below(parts.size());
    yes.until = now_ + static_cast<int>(below(200));
    yes.expires = now_ + static_cast<int>(below(100)) - 10;
    const auto name = id<base::GrantId>("g" + std::to_string(side.now_known.grants.size()));
    const auto done = side.ledger.redeem(words_.token(yes), "token", name, at(now_));
    const auto expected = may_redeem(side.now_known, yes, now_);
    REQUIRE(outcome(done) == expected);
    if (expected) return;
    ++granted;
    side.record(*done, seldom());
    auto& asked = side.now_known.questions[yes.question];
    asked.state = Question::granted;
    side.now_known.used.push_back(yes.id);
    side.now_known.grants.push_back(
        {asked.what, yes.lifetime, asked.turn, now_, yes.until, yes.part, asked.sources, Allowed::live});
  }
  void deny(Side& side) {
    const auto number = question(side);
    const auto done = side.ledger.deny(id<base::ChallengeId>("c" + std::to_string(number)), at(now_));
    Outcome expected;
    if (number >= side.now_known.questions.size())
      expected = Code::not_found;
    else if (side.now_known.questions[number].state != Question::pending)
      expected = Code::conflict;
    else if (now_ >= side.now_known.questions[number].expires)
      expected = Code::expired;
    REQUIRE(outcome(done) == expected);
    if (expected) return;
    side.record(*done, seldom());
    side.now_known.questions[number].state = Question::denied;
  }
  void enter(Side& side) {
    const auto number = below(5);
    auto& entered = side.now_known.entered;
    const auto fact = side.ledger.enter({policy::SourceKind::host, "https://h" + std::to_string(number)}, at(now_));
    REQUIRE(fact.ok());
    REQUIRE(fact->has_value() == (std::ranges::find(entered, number) == entered.end()));
    if (!*fact) return;
    side.record(**fact, seldom());
    entered.push_back(number);
  }
  void withdraw(Side& side) {
    const auto number = question(side);
    const auto done = side.ledger.withdraw(id<base::ChallengeId>("c" + std::to_string(number)), at(now_));
    Outcome expected;
    if (number >= side.now_known.questions.size())
      expected = Code::not_found;
    else if (side.now_known.questions[number].state != Question::pending)
      expected = Code::conflict;
    REQUIRE(outcome(done) == expected);
    if (expected) return;
    side.record(*done, seldom());
    side.now_known.questions[number].state = Question::withdrawn;
  }
  void revoke(Side& side) {
    policy::RevokeGrants what;
    const auto number = below(side.now_known.grants.size() + 1);
    const auto scope = below(scopes.size());
    if (below(4) != 0)
      what.grant = id<base::GrantId>("g" + std::to_string(number));
    else if (!seldom())
      what.scope = scopes.at(scope);
    const auto fact = side.ledger.revoke(what);
    std::size_t ended = 0;
    for (std::size_t i = 0; i < side.now_known.grants.size(); ++i) {
      auto& grant = side.now_known.grants[i];
      const bool meant = what.grant ? i == number : !what.scope || grant.what.scope == scope;
      if (!meant || grant.state != Allowed::live) continue;
      grant.state = Allowed::revoked;
      ++ended;
    }
    REQUIRE(fact.grants.size() == ended);
    if (ended != 0) side.record(fact, seldom());
  }
  // A call for what some grant allows, or other in one thing, by whoever has the turn.
  void call(Side& side) {
    auto& grants = side.now_known.grants;
    Matter what{side.session, side.turn ? side.turn->second : below(people.size()), below(3), below(2), below(36)};
    if (!grants.empty() && !seldom()) what = grants[below(grants.size())].what;
    if (below(4) == 0) what = other(what);
    std::optional<std::uint64_t> turn;
    if (side.turn) turn = side.turn->first;
    const auto part = below(parts.size());
    const auto made = words_.call(what, part, turn, side.ledger.entered().size());
    // Also when the dead ones and other people's are among them.
    const std::span<const policy::Grant> among =
        seldom() ? side.ledger.grants() : side.ledger.grants_for(made.actor, scopes.at(what.scope));
    const auto decision = policy::decide(made, words_.manifest, among, at(now_));
    bool once = false, standing = false;
    std::optional<std::size_t> known;
    for (const auto& grant : grants) {
      if (turn && would_serve(grant, what, part, *turn, now_)) known = std::max(known, std::optional(grant.sources));
      if (turn && serves(side.now_known, grant, what, part, *turn, now_))
        (grant.lifetime == Lifetime::once ? once : standing) = true;
    }
    REQUIRE(std::holds_alternative<policy::Deny>(decision) == !turn);
    REQUIRE(std::holds_alternative<policy::Allow>(decision) == (once || standing));
    if (const auto* asks = std::get_if<policy::Ask>(&decision)) REQUIRE(asks->known == known);
    if (!once && !standing) return;
    ++allowed;
    const auto& grant = std::get<policy::Allow>(decision).permit.grant();
    auto& used = grants.at(std::stoul(grant.id.text().substr(1)));
    REQUIRE(serves(side.now_known, used, what, part, *turn, now_));
    REQUIRE((used.lifetime == Lifetime::once) == !standing);
    if (used.lifetime != Lifetime::once) return;
    side.record(policy::Spent{grant.id}, seldom());
    used.state = Allowed::spent;
    side.write();  // before it is dialled
  }

  const Words& words_;
  std::mt19937_64& chance_;
  std::array<Side, 2> sides_{Side(words_, 0), Side(words_, 1)};
  int now_ = 0;
  std::size_t last_id_ = 4;
};

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const auto* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST_CASE("D1, D2, D3, E1: in a million random steps of three people in two sessions, every answer is the model's") {
  const auto seed = from_environment("X1_SEED", 20'261'125);
  const auto stories = from_environment("X1_INTERLEAVINGS", 1) * 1'000'000 / steps_of_a_story;
  MESSAGE("seed " << seed);
  const Words words;
  std::mt19937_64 chance(seed);
  std::uint64_t allowed = 0;
  std::uint64_t granted = 0;
  for (std::uint64_t story = 0; story < stories; ++story) {
    Story told(words, chance);
    for (int i = 0; i < steps_of_a_story; ++i)
      told.step();
    allowed += static_cast<std::uint64_t>(told.allowed);
    granted += static_cast<std::uint64_t>(told.granted);
  }
  // It is not the noes alone that were compared.
  CHECK(allowed > stories);
  CHECK(granted > stories);
}

}  // namespace
}  // namespace x1::broker
