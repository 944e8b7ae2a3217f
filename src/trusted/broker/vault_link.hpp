// VaultLink: the broker's end of its seam to the vault. It asks for one secret for one permitted request, and gets it
// sealed to the dialer, once the vault's own row is durable: the broker can't read it, and DialerLink takes it only
// with the proof that the request's row is durable here too.
#pragma once

#include <functional>
#include <map>

#include "base/bytes.hpp"
#include "broker/turns.hpp"
#include "crypto/signing.hpp"
#include "net/seam_channel.hpp"
#include "policy/decide.hpp"
#include "seam/vault.hpp"

namespace x1::broker {

class VaultLink {
 public:
  using OnReleased = std::function<void(base::Result<base::Bytes>)>;

  // Main keeps the key alive.
  VaultLink(boost::asio::io_context& context, os::Fd socket, const crypto::SigningKey& key);
  void start(std::function<void()> on_closed);

  // `then` is called once, later or never (the caller's own deadline ends the waiting: see forget).
  std::uint64_t release(const policy::RequestPermit& permit, const Turn& turn, base::TimePoint now, OnReleased then);
  void forget(std::uint64_t id) { waiting_.erase(id); }

 private:
  void took(std::string_view frame);
  void settle(std::uint64_t id, base::Result<base::Bytes> outcome);
  net::SeamChannel channel_;
  const crypto::SigningKey& key_;
  std::map<std::uint64_t, OnReleased> waiting_;
  std::uint64_t last_ = 0;
  std::function<void()> on_closed_;
};

}  // namespace x1::broker
