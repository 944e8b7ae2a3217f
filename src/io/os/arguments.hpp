// The command line of our inner programs, which only we start: `--name value` pairs, each known and given once.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace x1::os {

class Arguments {
 public:
  // Fails with invalid_request at an unknown or repeated name, or a missing value. What `main` gets, unchanged.
  [[nodiscard]] static base::Result<Arguments> parse(int argc, char** argv,
                                                     std::initializer_list<std::string_view> known);

  // The value of that name; invalid_request when it was not given.
  [[nodiscard]] base::Result<std::string> text(std::string_view name) const;
  // The same as the number of an open descriptor, from 0.
  [[nodiscard]] base::Result<int> descriptor(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace x1::os
