// Plans: what a call was planned as, and what was read for it, kept until the call is made. The person is shown one
// exact request, which may rest on what stood there when it was planned; the call that follows sends that very request,
// for however long they agreed, and reads nothing again. Bounded and in memory only: a plan that is gone is made anew,
// and if it comes out otherwise the person is asked again.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "seam/dialer.hpp"
#include "wire/canonical_request.hpp"

namespace x1::broker {

struct Plan {
  wire::CanonicalRequest request;     // what was planned
  std::optional<std::string> within;  // the part of the account that it is for
  std::string state;                  // the provider's, when it had read
  std::vector<seam::dialer::Answer> answers;
  std::vector<base::GrantId> readings;  // under which it was read
};

class Plans {
 public:
  static constexpr std::size_t most = 16;
  static constexpr std::size_t most_bytes = 1 << 20;  // of the requests and answers of one plan

  // The oldest gives way. A plan that rests on too much is not kept.
  void remember(base::TurnNumber turn, Plan plan);
  void forget(const crypto::Digest& digest);
  // The last one of this turn for the same call: person, tool, account, part of it and arguments. Valid until the next
  // change.
  [[nodiscard]] const Plan* recall(base::TurnNumber turn, const base::UserId& actor, std::string_view tool,
                                   const base::ConnectionId& connection, const std::optional<std::string>& within,
                                   const wire::Value& arguments) const;

 private:
  struct Kept {
    base::TurnNumber turn;
    crypto::Digest digest;
    Plan plan;
  };
  std::deque<Kept> kept_;
};

}  // namespace x1::broker
