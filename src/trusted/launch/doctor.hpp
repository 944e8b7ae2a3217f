// doctor: what isolation and which programs this machine offers, and what to do about what is missing.
#pragma once

#include <string>
#include <vector>

#include "wire/value.hpp"

namespace x1::launch {

struct Finding {
  std::string name;   // stable: the layer's or the program's name
  std::string means;  // what it is for, one sentence
  bool required = false;
  bool present = false;
  std::string detail;  // version, ABI, or why it is missing
  std::string remedy;  // what to do; empty when present
};

struct Diagnosis {
  std::vector<Finding> findings;
  [[nodiscard]] bool good() const noexcept;  // nothing required is missing
};

// Looks only; changes nothing. `programs` as in UpOptions.
[[nodiscard]] Diagnosis doctor(const std::string& programs = {});

[[nodiscard]] std::string to_text(const Diagnosis& diagnosis);
[[nodiscard]] wire::Value to_value(const Diagnosis& diagnosis);

}  // namespace x1::launch
