// What `run` and `chat` do alike to begin: a session with the person's folder and terminal handed over before it
// starts.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/context.hpp"

namespace x1::cli {

struct NewSession {
  std::vector<std::string> command;
  std::string workspace;  // a folder of the person, or empty
  bool adapter = false;   // the command once for each message
  int terminal = -1;      // the agent's side of a pseudo terminal, or none
};

// Creates it, hands folder and terminal to the supervisor; does not start it. Returns its id.
[[nodiscard]] base::Result<std::string> create_session(const Context& context, const NewSession& what);
// Queues a message, so that a turn opens; then starts the session.
[[nodiscard]] base::Status start_session(const Context& context, const std::string& session,
                                         const std::string& message);

}  // namespace x1::cli
