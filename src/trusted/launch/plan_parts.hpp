// What the plans of components.cpp and session_components.cpp have in common.
#pragma once

#include <string>
#include <string_view>

#include "launch/installation.hpp"
#include "sandbox/plan.hpp"

namespace x1::launch {

// Where a program of ours lies in its box.
[[nodiscard]] std::string inside(std::string_view program);

// A box for one of our own programs, which seals itself first thing: read-only /usr, the program, nothing else.
[[nodiscard]] sandbox::Plan own_program(const Installation& at, std::string name, std::string_view program,
                                        std::uint32_t outside_id, int output);

// "x1-gate": what people are told of a plan's program.
[[nodiscard]] std::string program_name(const sandbox::Plan& plan);

// Hands over a descriptor, under the next free number, as the value of `flag`.
void hand_over(sandbox::Plan& plan, std::string flag, int fd);
void add_argument(sandbox::Plan& plan, std::string flag, std::string value);

// Read-only /usr and the links that make it the whole system.
void add_system(sandbox::Plan& plan);

}  // namespace x1::launch
