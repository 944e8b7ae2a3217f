// Confirming a yes of high risk: the question is held against the sidecar's own signature, then touched.
#pragma once

#include <string>

#include "cli/context.hpp"
#include "cli/question.hpp"

namespace x1::cli {

// The consent that this answer comes to, as far as a touch says it (policy::consent_statement).
[[nodiscard]] policy::ConsentToken consent_of(const Question& question, const Answer& answer);

// The assertion that goes with a yes. `asked` is the payload that the question came from. Fails with invalid_token when
// the question is not what the session's broker signed, whose key the supervisor tells.
[[nodiscard]] base::Result<std::string> confirmed(const Context& context, const wire::Value& asked,
                                                  const Question& question, const Answer& answer);

}  // namespace x1::cli
