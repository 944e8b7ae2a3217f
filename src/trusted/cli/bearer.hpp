// Bearer: what this program shows the API to be somebody. Asked for when first needed, and anew before it ends.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/result.hpp"

namespace x1::cli {

class Bearer {
 public:
  struct Given {
    std::string token;
    std::chrono::seconds life{};
  };
  using Source = std::function<base::Result<Given>()>;

  explicit Bearer(Source source) : source_(std::move(source)) {}

  // Good for at least half of its life, unless the API has ended it.
  [[nodiscard]] base::Result<std::string> token();
  // The API did not take it: the next one is a new one.
  void forget() noexcept { given_.token.clear(); }

 private:
  Source source_;
  Given given_;
  std::chrono::steady_clock::time_point since_;
};

// The owner's, from the supervisor of this state folder: it asks the kernel who we are.
[[nodiscard]] Bearer::Source owner_of(const std::string& state);

}  // namespace x1::cli
