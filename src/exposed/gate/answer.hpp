// The bytes of the gate's own HTTP answers.
#pragma once

#include <string>
#include <vector>

#include "gate/route.hpp"
#include "wire/http.hpp"

namespace x1::gate {

[[nodiscard]] std::string json_answer(int status, std::string body, bool keep_alive,
                                      std::vector<wire::Header> headers = {});
// No body: 202 and 204.
[[nodiscard]] std::string empty_answer(int status, bool keep_alive);
// {"code","message","next"?} with the refusal's status.
[[nodiscard]] std::string refusal(const Refused& refused, bool keep_alive);

}  // namespace x1::gate
