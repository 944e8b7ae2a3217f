// A set of the API's keys, where it may take the place of the one that is held, against every attack of
// wire/attacks.hpp: nothing signs it, so what it must not do is come again or bring a key back.
#include <doctest/doctest.h>

#include <memory>

#include "policy/token_examples.hpp"
#include "wire/json.hpp"

namespace x1::policy {
namespace {

using base::Code;
using testing::at;
using wire::testing::Kind;
using wire::testing::Place;
using wire::testing::Said;
using wire::testing::said_of;
using wire::testing::Signed;
using wire::testing::Tries;

struct Sets {
  crypto::SigningKey first = crypto::SigningKey::generate().value();
  crypto::SigningKey second = crypto::SigningKey::generate().value();
  KeySet one = KeySet::of(first.public_key(), at(0));
  KeySet both = with_next(one, second.public_key(), at(10)).value();
  KeySet held = with_retired(both, at(20), true);
  KeySet next = with_next(held, crypto::SigningKey::generate()->public_key(), at(30)).value();
};
const Sets& sets() {
  static const Sets all;
  return all;
}
std::string text_of(const KeySet& set) { return wire::canonical_json(to_value(set)); }
std::string next_with(auto change) {
  auto set = sets().next;
  change(set);
  return text_of(set);
}

Place beside_the_held() {
  const auto held = std::make_shared<KeySet>(sets().held);
  const auto taken = std::make_shared<std::size_t>(0);
  return {[held, taken](const std::string& text, base::Duration) -> Said {
            const auto value = wire::parse_json(text);
            if (!value.ok()) return said_of(value);
            const auto set = key_set_from(*value);
            if (!set.ok()) return said_of(set);
            const auto may = may_follow(*held, *set);
            if (may.ok()) *held = *set, ++*taken;
            return said_of(may);
          },
          [taken] { return *taken; }};
}

std::vector<wire::testing::Try> everything_else() {
  std::vector<wire::testing::Try> tries;
  for (auto each : testing::other_kinds(Signed::key_set, sets().second, at(100)))
    tries.push_back({each.what, each.token, Code::invalid_json});
  return tries;
}

Kind key_set_kind() {
  const auto good = text_of(sets().next);
  return {.which = Signed::key_set,
          .name = "a set of the API's keys",
          .good = good,
          .place = &beside_the_held,
          .attacks = {
              .another_key = Tries::never("no key signs it: only the supervisor's own seam brings one"),
              .changed_bytes = Tries::never("no key signs it: only the supervisor's own seam brings one"),
              .another_algorithm = Tries::never("no key signs it: only the supervisor's own seam brings one"),
              .unknown_kid = Tries::never("it is the list of keys, and names none beside them"),
              .another_kind = everything_else(),
              .too_early = Tries::never("its number orders it, and no clock"),
              .too_late = Tries::never("its number orders it, and no clock"),
              .again = {{"the same once more", good, Code::conflict},
                        {"the first", text_of(sets().one), Code::conflict},
                        {"the one before", text_of(sets().held), Code::conflict}},
              .another_session = Tries::never("there is one for the whole platform"),
              .another_boot = Tries::never("there is one for the whole platform"),
              .another_actor = Tries::never("no person is in it"),
              .another_turn = Tries::never("no turn is in it"),
              .another_matter = {
                  {"an old number", next_with([](auto& s) { s.number = sets().held.number; }), Code::conflict},
                  {"a key that was revoked, only retired", next_with([](auto& s) { s.keys[0].revoked = false; }),
                   Code::conflict},
                  {"a key that was retired, in use again",
                   next_with([](auto& s) { s.keys[0].retired.reset(), s.keys[0].revoked = false; }), Code::conflict},
                  {"a key that was retired, later than it was",
                   next_with([](auto& s) { *s.keys[0].retired += wire::testing::moment; }), Code::conflict},
                  {"a key twice", next_with([](auto& s) { s.keys.push_back(s.keys[0]); }), Code::invalid_request},
                  {"no key", next_with([](auto& s) { s.keys.clear(); }), Code::invalid_request}}}};
}

}  // namespace

TEST_CASE("F1: no set of keys comes again, and none brings a key back") { withstands(key_set_kind()); }

}  // namespace x1::policy
