// Questions: what the agent asks the person in its own words (ask_user). A question waits for its answer, and the
// agent may go away and come back for it.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <list>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "broker/core.hpp"

namespace x1::broker {

class Questions {
 public:
  // {"status": "answered", "text"} or {"status": "pending", "question"}.
  using OnReply = std::function<void(base::Result<wire::Value>)>;
  static constexpr std::size_t most = 16;

  explicit Questions(Core& core) : core_(core) {}

  // Asks, or goes on waiting when the same words were asked in this turn before. Fails with too_many.
  void ask(std::uint64_t call, const TurnPtr& turn, std::string text, OnReply then);
  // The agent hung up; the question stays.
  void gone(std::uint64_t call);
  // The person's words. False when there is no such question that waits.
  bool answer(std::string_view id, std::string text);
  // The turn is over: so are its questions.
  void stop_all(const base::Error& why);

 private:
  struct Question {
    std::string id;
    std::string text;
    std::optional<std::string> answer;
    std::uint64_t call = 0;
    OnReply then;  // set while a call waits
    boost::asio::steady_timer held;
  };
  void tell(std::list<Question>::iterator question);
  void pending(const std::string& id);
  Core& core_;
  std::list<Question> open_;
};

}  // namespace x1::broker
