#include "os/arguments.hpp"

#include <fcntl.h>

#include <algorithm>
#include <charconv>
#include <span>

namespace x1::os {
namespace {

base::Error wrong(std::string message) { return {base::Code::invalid_request, std::move(message), ""}; }

}  // namespace

base::Result<Arguments> Arguments::parse(int argc, char** argv, std::initializer_list<std::string_view> known) {
  const std::span all(argv, static_cast<std::size_t>(argc));
  Arguments arguments;
  for (std::size_t i = 1; i < all.size(); i += 2) {
    const std::string_view name = all[i];
    if (std::ranges::find(known, name) == known.end()) return wrong("Unknown argument " + std::string(name) + ".");
    if (i + 1 == all.size()) return wrong("The value of " + std::string(name) + " is missing.");
    if (!arguments.values_.emplace(name, all[i + 1]).second) return wrong(std::string(name) + " is given twice.");
  }
  return arguments;
}

base::Result<std::string> Arguments::text(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return wrong(std::string(name) + " is missing.");
  return found->second;
}

base::Result<int> Arguments::descriptor(std::string_view name) const {
  X1_TRY(value, text(name));
  int number = -1;
  const std::string_view digits = value;
  const auto read = std::from_chars(digits.begin(), digits.end(), number);
  if (read.ec != std::errc() || read.ptr != digits.end() || number < 0 || ::fcntl(number, F_GETFD) < 0) {
    return wrong(std::string(name) + " is not an open descriptor.");
  }
  return number;
}

}  // namespace x1::os
