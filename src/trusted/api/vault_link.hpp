// VaultLink: the Vault at the other end of a seam.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>

#include "api/services.hpp"
#include "net/seam_channel.hpp"
#include "seam/vault.hpp"

namespace x1::api {

class VaultLink final : public Vault {
 public:
  // The vault tries the login at the person's server before it answers: that may take its time.
  static constexpr std::chrono::seconds patience{60};
  static constexpr std::size_t max_waiting = 64;

  VaultLink(boost::asio::io_context& context, os::Fd socket);
  void keep(const ConnectionId& connection, const UserId& owner, base::Bytes record, Then<Kept> then) override;
  void forget(const ConnectionId& connection, const UserId& owner, Then<base::Done> then) override;
  void change_passkey(bool remove, const policy::Passkey& passkey, const std::string& assertion,
                      Then<wire::Value> then) override;
  void passkeys(const UserId& user, Then<wire::Value> then) override;

 private:
  using Answer = base::Result<seam::vault::ToApi>;
  struct Waiting {
    std::function<void(Answer)> then;
    std::unique_ptr<boost::asio::steady_timer> timer;
  };
  void ask(std::uint64_t id, const base::Status& sent, std::function<void(Answer)> then);
  void took(std::string_view frame);
  void answered(std::uint64_t id, Answer answer);
  boost::asio::io_context& context_;
  net::SeamChannel channel_;
  std::map<std::uint64_t, Waiting> waiting_;
  std::uint64_t last_id_ = 0;
};

}  // namespace x1::api
