// Every kind of thing that is signed, and every way to get a false one believed. Where a kind is verified, a table of
// that folder (token_table_test.cpp) makes a good one, presents it to the code that verifies it, and fills in each
// attack: what is tried and what has to be said of it, or why it can't be tried. Included by tests only.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "wire/jws.hpp"

namespace x1::wire::testing {

enum class Signed {
  turn,
  consent,
  ticket,
  release,
  event,
  receipt,
  control,
  challenge,
  audit_row,
  key_set,         // not signed: it comes from the supervisor, and only a later one may follow
  touch,           // a passkey's assertion over a consent
  passkey_change,  // a passkey's assertion over which passkeys there are
  bus_user,
};

// What is said of something that is presented: nothing when it is believed.
using Said = std::optional<base::Code>;

[[nodiscard]] inline std::string_view text_of(Said said) { return said ? base::to_string(*said) : "believed"; }
template <class Result>
[[nodiscard]] Said said_of(const Result& read) {
  return read.ok() ? Said() : Said(read.error().code);
}

struct Try {
  std::string what;
  std::string token;
  Said said = base::Code::invalid_token;  // what has to be said of it
  base::Duration moved = {};              // when it is presented: this long after the moment at which a good one is
  int times = 1;                          // how often; the last time counts
};

// One attack on one kind. There is none without either of three: what is tried, why nothing can be, or the other table
// of that kind that tries it (a path below src or tests, which is looked up).
class Tries {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a table is lists of these
  Tries(std::vector<Try> tries) : tries_(std::move(tries)) {}
  Tries(std::initializer_list<Try> tries) : tries_(tries) {}
  [[nodiscard]] static Tries never(std::string_view why) { return Tries(why, false); }
  [[nodiscard]] static Tries elsewhere(std::string_view table) { return Tries(table, true); }

  [[nodiscard]] const std::vector<Try>& list() const noexcept { return tries_; }
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }
  [[nodiscard]] bool is_elsewhere() const noexcept { return elsewhere_; }
  [[nodiscard]] Tries with(std::vector<Try> more) && {
    std::ranges::move(more, std::back_inserter(tries_));
    return std::move(*this);
  }
  // The same, where another code is said of it.
  [[nodiscard]] Tries saying(Said said) && {
    for (auto& each : tries_)
      each.said = said;
    return std::move(*this);
  }

 private:
  Tries(std::string_view reason, bool elsewhere) : reason_(reason), elsewhere_(elsewhere) {}
  std::vector<Try> tries_;
  std::string reason_;
  bool elsewhere_ = false;
};

// No member has a default: a kind for which one of them was not thought of does not compile.
struct Attacks {
  Tries another_key;        // the right kid, or another that is known, under a signature by another key
  Tries changed_bytes;      // any byte of what is signed or of the signature; another text for the same bytes
  Tries another_algorithm;  // none, symmetric, or named otherwise
  Tries unknown_kid;        // none, one that nobody has, or a key of its own
  Tries another_kind;       // every other kind of signed thing, by the same key
  Tries too_early;          // a second before the bound passes or not, and at the bound the other
  Tries too_late;
  Tries again;  // after a good one was believed
  Tries another_session;
  Tries another_boot;
  Tries another_actor;
  Tries another_turn;
  Tries another_matter;  // another question, scope, account, request, call, number
};

// The code that verifies, with nothing seen yet.
struct Place {
  std::function<Said(const std::string& token, base::Duration moved)> present;
  // How much was done for what was believed: grants, turns, rows. None where a reader is all there is.
  std::function<std::size_t()> effects = {};
};

// The bounds in time of a good one: believed in the moment inside, refused in the moment outside.
inline constexpr std::chrono::milliseconds moment{1};
[[nodiscard]] inline Tries begins(const std::string& good, base::Duration first,
                                  base::Code before = base::Code::clock_skew) {
  return {{"a moment before its first", good, before, first - moment}, {"its first moment", good, Said(), first}};
}
[[nodiscard]] inline Tries ends(const std::string& good, base::Duration end, base::Code after = base::Code::expired) {
  return {{"its last moment", good, Said(), end - moment}, {"a moment after its last", good, after, end}};
}

struct Kind {
  Signed which;
  std::string name;
  std::string good;
  std::function<Place()> place;
  Attacks attacks;
};

[[nodiscard]] inline std::string_view to_string(Signed kind) noexcept {
  switch (kind) {
    case Signed::turn: return "turn";
    case Signed::consent: return "consent";
    case Signed::ticket: return "ticket";
    case Signed::release: return "release";
    case Signed::event: return "event";
    case Signed::receipt: return "receipt";
    case Signed::control: return "control";
    case Signed::challenge: return "challenge";
    case Signed::audit_row: return "audit_row";
    case Signed::key_set: return "key_set";
    case Signed::touch: return "touch";
    case Signed::passkey_change: return "passkey_change";
    case Signed::bus_user: return "bus_user";
  }
  return "";
}
template <class Enum>
[[nodiscard]] std::vector<Enum> all_of() {
  std::vector<Enum> all;
  for (int number = 0; !to_string(static_cast<Enum>(number)).empty(); ++number)
    all.push_back(static_cast<Enum>(number));
  return all;
}

[[nodiscard]] inline bool has_table(std::string_view path, Signed kind) {
  std::ifstream file(std::string(X1_SOURCE_DIR) + "/" + std::string(path));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return text.find("Signed::" + std::string(to_string(kind)) + ",") != std::string::npos;
}

class Attacker {
 public:
  explicit Attacker(const Kind& kind) : kind_(&kind) {}

  void attack(std::string_view name, const Tries& tries, bool after_a_good_one = false) {
    CAPTURE(name);
    if (tries.is_elsewhere()) CHECK(has_table(tries.reason(), kind_->which));
    if (tries.list().empty()) CHECK_MESSAGE(tries.reason().size() > 10, "neither tried, nor said why not");
    for (const auto& each : tries.list())
      attempt(each, after_a_good_one);
    // One that refuses everything would pass all of the above.
    if (!tries.list().empty() && !after_a_good_one) CHECK(place().present(kind_->good, {}) == Said());
    place_.reset();
  }

 private:
  const Place& place() {
    if (!place_) place_.emplace(kind_->place());
    return *place_;
  }
  [[nodiscard]] std::size_t effects() { return place().effects ? place().effects() : 0; }

  void attempt(const Try& each, bool after_a_good_one) {
    CAPTURE(each.what);
    if (after_a_good_one || each.moved != base::Duration{}) place_.reset();
    if (after_a_good_one) CHECK(place().present(kind_->good, {}) == Said());
    for (int time = 1; time < each.times; ++time)
      CHECK(place().present(each.token, each.moved) == Said());
    const auto before = effects();
    CHECK(text_of(place().present(each.token, each.moved)) == text_of(each.said));
    const bool does_something = place().effects && !each.said && !after_a_good_one;
    CHECK(effects() == before + (does_something ? 1 : 0));
    // Believed, understood or its clock moved: what comes next is presented to one that has seen nothing.
    if (each.said != base::Code::invalid_token || each.moved != base::Duration{}) place_.reset();
  }

  const Kind* kind_;
  std::optional<Place> place_;
};

// Everything in the table, tried. The good one is believed, and does one thing.
inline void withstands(const Kind& kind) {
  CAPTURE(kind.name);
  CAPTURE(to_string(kind.which));
  Attacker attacker(kind);
  attacker.attack("none", {{"as it was made", kind.good, Said()}});
  const auto& attacks = kind.attacks;
  attacker.attack("another key", attacks.another_key);
  attacker.attack("changed bytes", attacks.changed_bytes);
  attacker.attack("another algorithm", attacks.another_algorithm);
  attacker.attack("unknown kid", attacks.unknown_kid);
  attacker.attack("another kind", attacks.another_kind);
  attacker.attack("too early", attacks.too_early);
  attacker.attack("too late", attacks.too_late);
  attacker.attack("again", attacks.again, true);
  attacker.attack("another session", attacks.another_session);
  attacker.attack("another boot", attacks.another_boot);
  attacker.attack("another actor", attacks.another_actor);
  attacker.attack("another turn", attacks.another_turn);
  attacker.attack("another matter", attacks.another_matter);
}

}  // namespace x1::wire::testing
