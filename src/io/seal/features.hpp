// What this kernel and this machine offer for isolation. Looks only; whatever it tries, it tries in a process of its
// own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace x1::seal {

struct Feature {
  std::string_view name;  // the layer's name, as in missing.hpp
  bool required = false;  // on one machine (A3)
  bool present = false;
  std::string detail;  // version or reason
};

// In the order in which a start needs them. As an ordinary user the namespaces are tried inside a user namespace.
[[nodiscard]] std::vector<Feature> features();

// The names of those required and absent; a start would be refused for the first of them.
[[nodiscard]] std::vector<std::string_view> missing_features(const std::vector<Feature>& found);

}  // namespace x1::seal
