// RunLoop: one agent on a terminal of its own, shown on the person's through the filter. While a question is asked,
// nothing of the agent is read or drawn (it waits, so nothing has to be kept), and what was typed before the question
// stood there is forgotten: it was meant for the agent.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/context.hpp"
#include "cli/followed_events.hpp"
#include "cli/question.hpp"
#include "cli/terminal.hpp"
#include "cli/terminal_filter.hpp"
#include "os/fd.hpp"

namespace x1::cli {

struct RunEnd {
  std::optional<int> status;  // of the agent; nothing when it never ended by itself
  std::string reason;         // why the session ended
};

class RunLoop {
 public:
  RunLoop(const Context& context, std::string session, os::Fd agent, std::optional<Terminal>& terminal,
          std::vector<policy::Manifest> manifests);

  // Returns when the agent has ended and all that it wrote is shown, or its session is over.
  [[nodiscard]] base::Result<RunEnd> run();
  // After `run`: waits, at most `seconds`, until the turn of an agent that ended by itself is closed by its outcome.
  void wait_for_turn(int seconds);
  // After `run`: waits, at most `seconds`, until the session is over.
  void wait_for_end(int seconds);

 private:
  static constexpr unsigned char own_key = 0x1d;  // Ctrl-]

  [[nodiscard]] base::Status turn_of_loop(int wait_milliseconds);
  void show_agent();
  void show_last_words();
  void take_input();
  void feed_agent();
  [[nodiscard]] base::Status take_events();
  void take_events_until(const bool& done, int seconds);
  void take(const Event& event);
  void add(Question question);
  [[nodiscard]] bool waits(const Question& question) const;  // as far as is known
  [[nodiscard]] base::Status ask(const Question& question);
  [[nodiscard]] std::optional<Answer> wait_for_answer(const Question& question);
  void offer_to_end();
  void begin_own_words();
  void end_own_words();
  void match_size();

  const Context& context_;
  std::string session_;
  os::Fd agent_;  // our side of its terminal
  std::optional<Terminal>& terminal_;
  std::vector<policy::Manifest> manifests_;
  FollowedEvents events_;
  os::Fd signals_;
  TerminalFilter filter_;
  std::string typed_;  // for the agent, not taken by it yet
  bool input_open_ = true;
  bool agent_open_ = true;
  bool stopped_ = false;  // by a signal or by the person
  std::deque<Question> questions_;
  std::string asking_;                // the challenge that stands before the person
  std::vector<std::string> decided_;  // challenges that were answered, here or elsewhere
  RunEnd end_;
  bool turn_closed_ = true;  // false: the agent has ended, and the turn that it ran in is still open
  bool over_ = false;
};

}  // namespace x1::cli
