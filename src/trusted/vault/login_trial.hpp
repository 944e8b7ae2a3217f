// LoginTrial: the port through which the vault tries a password once before it keeps it, and the one that does so
// through a dialer of the vault's own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "crypto/sealed_box.hpp"
#include "net/seam_channel.hpp"
#include "seam/dialer.hpp"
#include "vault/record.hpp"

namespace x1::vault {

class LoginTrial {
 public:
  using Done = std::function<void(base::Status)>;

  LoginTrial() = default;
  LoginTrial(const LoginTrial&) = delete;
  LoginTrial& operator=(const LoginTrial&) = delete;
  virtual ~LoginTrial() = default;

  // Calls `done` once, now or later: Done when the server took user name and password; forbidden when it refused
  // them; otherwise why it could not be found out.
  virtual void attempt(const Record& record, Done done) = 0;
};

// What is asked of the server: PROPFIND with Depth 0 on the collection itself, which reads and changes nothing.
[[nodiscard]] wire::PlannedRequest login_request(const wire::Url& url);
// What its answer means.
[[nodiscard]] base::Status login_outcome(int status);
// What it means that there was none. `unavailable` is of the platform's own parts: a server that is away is none.
[[nodiscard]] base::Error login_failure(base::Code code, std::string message);

class DialerLogin final : public LoginTrial {
 public:
  static constexpr std::uint32_t deadline_ms = 15'000;

  // `dialer` is the seam to the vault's own dialer, `key` the key that this dialer opens with.
  DialerLogin(boost::asio::io_context& context, os::Fd dialer, crypto::BoxPublicKey key);
  void attempt(const Record& record, Done done) override;

 private:
  struct Pending {
    Done done;
    boost::asio::steady_timer deadline;  // for a dialer that does not answer at all
  };
  void took(std::string_view frame);
  void finish(std::uint64_t id, base::Status outcome);
  void lost();

  boost::asio::io_context& context_;
  net::SeamChannel channel_;
  crypto::BoxPublicKey key_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, Pending> pending_;
};

}  // namespace x1::vault
