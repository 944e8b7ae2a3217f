// When a token of each kind counts, to the millisecond on both sides, and by which of several keys it may be signed.
#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <vector>

#include "policy/examples.hpp"

namespace x1::policy {
namespace {

using base::Code;
using testing::at;
using testing::id;

const crypto::SigningKey& key() {
  static const auto key = crypto::SigningKey::generate().value();
  return key;
}
const crypto::SigningKey& next_key() {
  static const auto key = crypto::SigningKey::generate().value();
  return key;
}

using Read = std::function<Code(const std::string& token, Keys keys, TimePoint now)>;

// Code::internal: it counts.
template <class Token>
Read reads(base::Result<Token> (*verify)(std::string_view, Keys, TimePoint)) {
  return [verify](const std::string& token, Keys keys, TimePoint now) {
    const auto read = verify(token, keys, now);
    return read.ok() ? Code::internal : read.error().code;
  };
}

constexpr TimePoint always = TimePoint::min();
constexpr TimePoint for_ever = TimePoint::max();

struct Kind {
  std::string name;
  std::function<std::string(const crypto::SigningKey&)> token;
  Read read;
  TimePoint from;   // the first moment at which it counts
  TimePoint until;  // the first at which it does no longer
};

std::vector<Kind> kinds() {
  const TurnCertificate turn{id<SessionId>("s1"),  TurnNumber{3},      id<UserId>("ada"), crypto::sha256("hi"),
                             crypto::sha256("{}"), key().public_key(), at(100),           at(400)};
  auto consent = testing::consent(testing::challenge());
  consent.issued = at(100), consent.expires = at(400);
  const Ticket ticket{
      id<base::CallId>("call1"), id<SessionId>("s1"), TurnNumber{3}, id<UserId>("ada"), "tool", "calendar.read",
      id<ConnectionId>("c1"),    TicketMode::plan,    at(400)};
  const ReleaseRequest release{id<base::CallId>("call1"), id<SessionId>("s1"), TurnNumber{3}, id<ConnectionId>("c1"),
                               "calendar.read",           crypto::sha256("x"), at(100)};
  const auto control = [](ControlAction action) {
    return Control{"k1", id<SessionId>("s1"), id<UserId>("ada"), std::move(action), at(100)};
  };
  const Receipt receipt{id<SessionId>("s1"), "event", 1, {}, at(100)};
  const auto by = [](const auto& token) {
    return [token](const crypto::SigningKey& with) { return sign(token, with); };
  };
  const auto skew = max_clock_skew;
  return {
      {"turn", by(turn), reads(&verify_turn), at(100) - skew, at(400) + skew},
      {"consent", by(consent), reads(&verify_consent), at(100) - skew, at(400) + skew},
      // One process makes and checks tickets: no allowance, and none that lives longer than it may.
      {"ticket", by(ticket), reads(&verify_ticket), at(400) - max_ticket_life, at(400)},
      {"release", by(release), reads(&verify_release), at(100) - skew,
       at(100) + max_release_age + std::chrono::milliseconds(1)},
      {"answer", by(control(AnswerQuestion{"q1", "yes"})), reads(&verify_control), at(100) - skew, for_ever},
      // What only takes away counts whatever the clocks say.
      {"revocation", by(control(RevokeGrants{})), reads(&verify_control), always, for_ever},
      {"receipt", by(receipt),
       [](const std::string& token, Keys keys, TimePoint) {
         const auto read = verify_receipt(token, keys);
         return read.ok() ? Code::internal : read.error().code;
       },
       always, for_ever},
  };
}

}  // namespace

TEST_CASE("every kind of token counts from its first moment to its last, and a clock may be 5 seconds off") {
  constexpr std::chrono::milliseconds moment{1};
  const std::array keys{key().public_key()};
  for (const auto& kind : kinds()) {
    CAPTURE(kind.name);
    const auto token = kind.token(key());
    const auto at_time = [&](TimePoint now) { return kind.read(token, keys, now); };
    const auto first = kind.from == always ? at(-1'000'000) : kind.from;
    const auto last = kind.until == for_ever ? at(100'000'000) : kind.until - moment;
    CHECK(at_time(first) == Code::internal);
    CHECK(at_time(last) == Code::internal);
    if (kind.until != for_ever) CHECK(at_time(kind.until) == Code::expired);
    // Too early is another matter than too late: it is right some time later.
    if (kind.from != always) {
      CHECK(at_time(kind.from - moment) == (kind.name == "ticket" ? Code::invalid_token : Code::clock_skew));
    }
  }
}

TEST_CASE("while a key follows another, tokens by both count; by one that is no longer known, none does") {
  const std::array both{key().public_key(), next_key().public_key()};
  const std::array later{next_key().public_key()};
  for (const auto& kind : kinds()) {
    CAPTURE(kind.name);
    const auto now = kind.from == always ? at(100) : kind.from;
    CHECK(kind.read(kind.token(key()), both, now) == Code::internal);
    CHECK(kind.read(kind.token(next_key()), both, now) == Code::internal);
    CHECK(kind.read(kind.token(next_key()), later, now) == Code::internal);
    CHECK(kind.read(kind.token(key()), later, now) == Code::invalid_token);
  }
}

}  // namespace x1::policy
