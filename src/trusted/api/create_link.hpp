// POST /sign-in-links: a link that lets its holder in once, as the one who made it: how a browser gets in.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::create_link {

struct Input {};
struct Output {
  std::string link;
  TimePoint expires;
};
[[nodiscard]] Input read(const Arguments& arguments);
[[nodiscard]] base::Result<Output> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::create_link
