// Room: who is in a session, whose turn it is and who waits, followed by its events. Pure. Names come from outside:
// what is printed of them is made visible.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/event_feed.hpp"
#include "wire/value.hpp"

namespace x1::cli {

// Of somebody in the session, by id or by name; names are what people see. Fails with not_found.
[[nodiscard]] base::Result<std::string> member_id(const wire::Value& members, const std::string& wanted);

class Room {
 public:
  // `me`: the user id of the reader. `members`: what GET …/members says.
  Room(std::string me, const wire::Value& members);

  // What changes with this event. Call it before `name` and `queue` are asked for what the event is about.
  void take(const Event& event);
  // What GET …/turns says, instead of events.
  void take_turns(const wire::Value& turns);

  // "you", the account's name, or its id when it never was in the session while we looked.
  [[nodiscard]] std::string name(const std::string& user) const;
  [[nodiscard]] bool is_me(const std::string& user) const { return user == me_; }
  [[nodiscard]] bool is_busy() const noexcept { return !open_.empty(); }
  // "turn 4 of bob is open; ada (turn 5), you (turn 6) wait"; "no turn is open" when none is.
  [[nodiscard]] std::string queue() const;
  // The same for programs: "turn" and its "actor", null when none is open, and those in "waiting".
  [[nodiscard]] wire::Value::Object queue_value() const;

 private:
  struct Turn {
    std::uint64_t number = 0;
    std::string actor;
  };
  std::string me_;
  std::map<std::string, std::string> names_;  // by user id; of those who left, too: their words stay
  std::vector<Turn> open_;                    // none or one
  std::vector<Turn> waiting_;                 // in the order in which they will be worked on
};

// Lines for a terminal of an event, in a session of several people. The words of others are framed with their names:
// "bob says │ hello". Of one's own words there are none.
[[nodiscard]] std::string to_text(const Event& event, const Room& room);

}  // namespace x1::cli
