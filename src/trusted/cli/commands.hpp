// One function a command. Each returns the exit status, or why it failed.
#pragma once

#include "cli/context.hpp"
#include "cli/options.hpp"

namespace x1::cli {

[[nodiscard]] Outcome perform(const Context& context, const Print& what);
[[nodiscard]] Outcome perform(const Context& context, const Up& what);
[[nodiscard]] Outcome perform(const Context& context, const Down& what);
[[nodiscard]] Outcome perform(const Context& context, const Doctor& what);
[[nodiscard]] Outcome perform(const Context& context, const Status& what);
[[nodiscard]] Outcome perform(const Context& context, const Version& what);
[[nodiscard]] Outcome perform(const Context& context, const Token& what);
[[nodiscard]] Outcome perform(const Context& context, const Link& what);
[[nodiscard]] Outcome perform(const Context& context, const Login& what);
[[nodiscard]] Outcome perform(const Context& context, const Logout& what);
[[nodiscard]] Outcome perform(const Context& context, const Uninstall& what);
[[nodiscard]] Outcome perform(const Context& context, const Run& what);
[[nodiscard]] Outcome perform(const Context& context, const Chat& what);
[[nodiscard]] Outcome perform(const Context& context, const PasskeyEnroll& what);
[[nodiscard]] Outcome perform(const Context& context, const PasskeyList& what);
[[nodiscard]] Outcome perform(const Context& context, const PasskeyRemove& what);
[[nodiscard]] Outcome perform(const Context& context, const Keys& what);
[[nodiscard]] Outcome perform(const Context& context, const KeysRotate& what);
[[nodiscard]] Outcome perform(const Context& context, const Approve& what);
[[nodiscard]] Outcome perform(const Context& context, const Grants& what);
[[nodiscard]] Outcome perform(const Context& context, const Connect& what);
[[nodiscard]] Outcome perform(const Context& context, const Connections& what);
[[nodiscard]] Outcome perform(const Context& context, const Sessions& what);
[[nodiscard]] Outcome perform(const Context& context, const Kill& what);
[[nodiscard]] Outcome perform(const Context& context, const Invite& what);
[[nodiscard]] Outcome perform(const Context& context, const Join& what);
[[nodiscard]] Outcome perform(const Context& context, const Leave& what);
[[nodiscard]] Outcome perform(const Context& context, const People& what);
[[nodiscard]] Outcome perform(const Context& context, const Completion& what);
[[nodiscard]] Outcome perform(const Context& context, const Candidates& what);
[[nodiscard]] Outcome perform(const Context& context, const AuditShow& what);
[[nodiscard]] Outcome perform(const Context& context, const AuditVerify& what);

// Reads the command line, performs it, says what failed. `arguments` without the program's name.
[[nodiscard]] int main_with(std::vector<std::string> arguments, std::ostream& out, std::ostream& err);

// Starts the platform unless it runs.
[[nodiscard]] base::Status ensure_running(const Context& context);

}  // namespace x1::cli
