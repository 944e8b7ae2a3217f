// VaultLink: the broker's end of its seam to the vault. It asks for one secret for one permitted request, and gets it
// sealed to the dialer, once the vault's own row is durable: the broker can't read it, and DialerLink takes it only
// with the proof that the request's row is durable here too.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "broker/turns.hpp"
#include "crypto/signing.hpp"
#include "net/seam_channel.hpp"
#include "policy/decide.hpp"
#include "policy/passkey.hpp"
#include "seam/vault.hpp"

namespace x1::broker {

class VaultLink {
 public:
  // Less than the API waits for the answer to a consent.
  static constexpr std::chrono::seconds passkey_patience{3};
  static constexpr std::size_t max_passkey_checks = 16;
  using OnReleased = std::function<void(base::Result<base::Bytes>)>;

  // Main keeps the key alive.
  VaultLink(boost::asio::io_context& context, os::Fd socket, const crypto::SigningKey& key);
  // `on_broken`: the vault broke the protocol. One that is gone is waited for: until `attach`, whoever asks is refused.
  void start(std::function<void()> on_broken);
  // The channel to a vault that was started again. What the one before was asked is answered by nobody.
  void attach(os::Fd vault);

  // `then` is called once, later or never (the caller's own deadline ends the waiting: see forget).
  std::uint64_t release(const policy::RequestPermit& permit, const Turn& turn, base::TimePoint now, OnReleased then);
  // By which pinned passkey this consent, as the API signed it, was confirmed. `then` is called once, at the latest
  // after `passkey_patience`.
  using OnPasskey = std::function<void(base::Result<policy::Passkey>)>;
  void check_passkey(std::string consent, OnPasskey then);
  void forget(std::uint64_t id) { waiting_.erase(id); }

 private:
  void listen();
  void lost();
  void took(std::string_view frame);
  void settle(std::uint64_t id, base::Result<base::Bytes> outcome);
  void settle_passkey(std::uint64_t id, base::Result<policy::Passkey> outcome);
  struct PasskeyCheck {
    OnPasskey then;
    std::unique_ptr<boost::asio::steady_timer> timer;
  };
  boost::asio::io_context& context_;
  std::unique_ptr<net::SeamChannel> channel_;
  const crypto::SigningKey& key_;
  std::map<std::uint64_t, OnReleased> waiting_;
  std::map<std::uint64_t, PasskeyCheck> passkey_checks_;
  std::uint64_t last_ = 0;
  std::function<void()> on_broken_;
};

}  // namespace x1::broker
