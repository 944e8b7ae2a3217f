// Carrying a person's answer to the API: with the digest of what was shown, so that nothing else is approved.
#pragma once

#include <string>

#include "base/result.hpp"
#include "cli/api_client.hpp"
#include "cli/context.hpp"
#include "cli/question.hpp"
#include "cli/room.hpp"

namespace x1::cli {

// `assertion`: the touch (cli/confirm.hpp), where the question demands one; without it the API refuses.
[[nodiscard]] base::Result<wire::Value> send_answer(const ApiClient& api, const Question& question,
                                                    const Answer& answer, const std::string& assertion = {});

// Who is in the session and who this program is; no turns yet.
[[nodiscard]] base::Result<Room> enter_room(const Context& context, const std::string& session);

}  // namespace x1::cli
