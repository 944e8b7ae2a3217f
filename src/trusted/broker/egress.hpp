// Egress: one permitted request on its way out. Its row is made durable, while the vault writes its own row and
// releases the secret, sealed to the dialer; only with both is the dialer told to send it.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "broker/core.hpp"
#include "broker/dialer_link.hpp"
#include "broker/vault_link.hpp"

namespace x1::broker {

class Egress {
 public:
  using Key = std::pair<std::uint64_t, std::size_t>;  // gate's number of the call, index of the request

  // All must outlive it.
  Egress(Core& core, VaultLink& vault, DialerLink& dialer) : core_(core), vault_(vault), dialer_(dialer) {}

  // `then` is called once, unless the call is cancelled.
  void send(Key key, policy::RequestPermit permit, TurnPtr turn, DialerLink::OnOutcome then);
  // Ends all requests of that call, at whatever step they are.
  void cancel(std::uint64_t call);

 private:
  struct Errand {
    policy::RequestPermit permit;
    TurnPtr turn;
    DialerLink::OnOutcome then;
    std::optional<Recorded> row = std::nullopt;                          // once it is durable
    std::optional<base::Result<base::Bytes>> credential = std::nullopt;  // once the vault has answered
    std::uint64_t at_vault = 0;                                          // 0: not there
    std::uint64_t at_dialer = 0;                                         // 0: not there
  };
  void recorded(Key key, base::Result<Recorded> row);
  void released(Key key, base::Result<base::Bytes> credential);
  void go_on(Key key, Errand& errand);
  void settle(Key key, DialerLink::Outcome outcome, bool sent);

  Core& core_;
  VaultLink& vault_;
  DialerLink& dialer_;
  std::map<Key, Errand> errands_;
};

}  // namespace x1::broker
