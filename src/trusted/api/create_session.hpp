// POST /sessions: a session, started at once unless `start` is false.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::create_session {

struct Input {
  std::vector<std::string> command;
  std::string workspace;
  bool adapter = false;
  bool start = true;
};
[[nodiscard]] Input read(const Arguments& arguments);
// Fails with forbidden (a folder of the machine is the owner's to give), too_many or unavailable.
[[nodiscard]] base::Result<Session> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::create_session
