// Believed: tokens of the API whose signatures were found to hold, for one session's channel. A turn's certificate and
// its consents come with every release of the turn, byte for byte the same; their signatures are checked once.
//
// What is remembered is that exactly these bytes were signed, and what they say. Whether they count now (times, use,
// session, actor, scope, connection) is asked anew at every release. A new turn's certificate empties it.
#pragma once

#include <deque>
#include <optional>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "crypto/digest.hpp"
#include "policy/key_set.hpp"

namespace x1::vault {

class Believed {
 public:
  static constexpr std::size_t most_consents = 8;

  // Of a session that began at `since`: nothing in it rests on a key that was retired by then. Not the channel's own
  // beginning counts, for a vault or a dialer that is started again goes on with what was good before.
  explicit Believed(base::TimePoint since) : since_(since) {}

  // With another set of keys than before, everything is asked anew. Fail with invalid_token or expired.
  [[nodiscard]] base::Result<policy::TurnCertificate> turn(std::string_view token, const policy::KeySet& api,
                                                           base::TimePoint now);
  // A consent lives five minutes for its redemption by the broker; what it granted may last longer. So its times are
  // checked as they stood when it was issued, and its lifetime by permit_release.
  [[nodiscard]] base::Result<policy::ConsentToken> consent(std::string_view token, const policy::KeySet& api,
                                                           base::TimePoint now);

 private:
  void forget_what_rested_on_others(const policy::KeySet& api);
  base::TimePoint since_;
  std::uint64_t keys_ = 0;  // number of the set by which the rest was believed
  std::optional<std::pair<crypto::Digest, policy::TurnCertificate>> turn_;
  std::deque<std::pair<crypto::Digest, policy::ConsentToken>> consents_;  // the newest last
};

}  // namespace x1::vault
