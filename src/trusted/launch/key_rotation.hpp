// KeyRotation: one signing key of the API is followed by another, while everything runs. The order is what makes it
// safe and without a gap, and keys/api.json is written before each step, so that a start finds its way from any of
// them:
//
//   the API makes a key · everybody is told to believe it too, and says so · the API signs with it from then on ·
//   everybody is told that the one before is retired, or revoked
//
// A session's broker that does not take the last step is ended, and with a revocation the first step's too.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "launch/control_frames.hpp"
#include "launch/core.hpp"
#include "launch/journal.hpp"
#include "launch/latch.hpp"
#include "launch/layout.hpp"
#include "launch/sessions.hpp"
#include "policy/key_set.hpp"

namespace x1::launch {

class KeyRotation {
 public:
  // All of the arguments must outlive it.
  KeyRotation(boost::asio::io_context& context, const Layout& layout, const base::Clock& clock, Core& core,
              Sessions& sessions, Journal& journal)
      : context_(context), layout_(layout), clock_(clock), core_(core), sessions_(sessions), journal_(journal) {}

  // One at a time; another one meanwhile is refused with conflict.
  [[nodiscard]] boost::asio::awaitable<control::FromSupervisor> rotate(bool revoke);

  // The answers. One that nobody waits for is dropped.
  void took(const seam::launch::KeyMade& message) { answered(api(message.number), message.key); }
  void took(const seam::launch::KeyUsed& message) { answered(api(message.number), message.key); }
  void took(const seam::launch::KeyFailed& message);
  // `session` is empty for the vault.
  void taken(const std::string& session, std::uint64_t number, const std::string& code);
  // The API that was asked has gone.
  void give_up();

 private:
  using Answer = base::Result<std::string>;
  static std::string api(std::uint64_t number) { return "api " + std::to_string(number); }
  void answered(const std::string& question, Answer with);
  [[nodiscard]] boost::asio::awaitable<Answer> wait(const std::string& question);
  [[nodiscard]] boost::asio::awaitable<base::Result<policy::KeySet>> follow(bool revoke);
  [[nodiscard]] boost::asio::awaitable<base::Result<crypto::PublicKey>> ask_api(seam::launch::ToApi question,
                                                                                std::uint64_t number);
  // Keeps the set and tells it to everybody. The names of the sessions that did not take it; an error for the vault.
  [[nodiscard]] boost::asio::awaitable<base::Result<std::vector<std::string>>> tell_all(policy::KeySet keys);
  void end_all(const std::vector<std::string>& sessions);

  boost::asio::io_context& context_;
  const Layout& layout_;
  const base::Clock& clock_;
  Core& core_;
  Sessions& sessions_;
  Journal& journal_;
  std::map<std::string, std::unique_ptr<Latch>> waiting_;  // by question
  std::uint64_t asked_ = 0;
  bool rotating_ = false;
};

}  // namespace x1::launch
