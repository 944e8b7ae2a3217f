// DialerLink: the broker's end of the seam to its dialer. Sending takes a permit for exactly that request and the
// proof that its row is durable: a forgotten check does not compile.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "broker/commit.hpp"
#include "net/seam_channel.hpp"
#include "policy/decide.hpp"
#include "seam/dialer.hpp"

namespace x1::broker {

// What requests must have in common to follow one another on one connection: session, turn, actor, connection, scope
// and grant, as a digest.
[[nodiscard]] std::string lane_of(const policy::RequestPermit& permit);

class DialerLink {
 public:
  using Outcome = std::variant<seam::dialer::Answer, base::Error>;
  // `sent`: whether the other side may have seen the request. True with every answer.
  using OnOutcome = std::function<void(Outcome outcome, bool sent)>;

  DialerLink(boost::asio::io_context& context, os::Fd socket);
  // `on_closed`: the dialer is gone (unavailable), or broke the protocol; every request under way has failed before.
  using OnClosed = net::SeamChannel::OnClosed;
  void start(OnClosed on_closed);

  // The number of the request, for cancel. `then` is called once, unless it is cancelled.
  std::uint64_t send(policy::RequestPermit permit, Recorded row, base::Bytes sealed_credential, base::Duration deadline,
                     OnOutcome then);
  void cancel(std::uint64_t id);
  // A turn is over, or a permission was taken back: what is connected is not used for another request.
  void hang_up();

 private:
  void took(std::string_view frame);
  void settle(std::uint64_t id, Outcome outcome, bool sent);
  net::SeamChannel channel_;
  std::map<std::uint64_t, OnOutcome> waiting_;
  std::uint64_t last_ = 0;
  OnClosed on_closed_;
};

}  // namespace x1::broker
