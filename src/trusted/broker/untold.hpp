// Untold: questions whose final answer the agent has not heard yet. An agent that asks again for the same thing gets
// the answer that was given meanwhile, and only then a new question. Bounded: the oldest is forgotten, which costs the
// person one more dialog and nothing else.
#pragma once

#include <deque>
#include <optional>
#include <utility>

#include "base/id.hpp"
#include "crypto/digest.hpp"

namespace x1::broker {

class Untold {
 public:
  static constexpr std::size_t most = 256;

  void remember(const crypto::Digest& digest, const base::ChallengeId& challenge) {
    forget(digest);
    if (open_.size() == most) open_.pop_front();
    open_.emplace_back(digest, challenge);
  }
  void forget(const crypto::Digest& digest) {
    std::erase_if(open_, [&](const auto& each) { return each.first == digest; });
  }
  [[nodiscard]] std::optional<base::ChallengeId> recall(const crypto::Digest& digest) const {
    for (const auto& [known, challenge] : open_) {
      if (known == digest) return challenge;
    }
    return std::nullopt;
  }

 private:
  std::deque<std::pair<crypto::Digest, base::ChallengeId>> open_;
};

}  // namespace x1::broker
