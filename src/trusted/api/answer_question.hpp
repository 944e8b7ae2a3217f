// POST /sessions/{session}/questions/{question}: the person's words in answer to the agent's question.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::answer_question {

struct Input {
  SessionId session;
  std::string question;
  std::string text;
};
[[nodiscard]] Input read(const Arguments& arguments);
// Fails with not_found, forbidden (another person's turn) or conflict (no turn is open).
[[nodiscard]] base::Result<base::Done> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::answer_question
