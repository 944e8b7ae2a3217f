// KeyRotation: one signing key of the API is followed by another, while everything runs. The order is what makes it
// safe and without a gap, and keys/api.json is written before each step, so that a start finds its way from any of
// them:
//
//   the API makes a key · everybody is told to believe it too, and says so · the API signs with it from then on ·
//   everybody is told that the one before is retired, or revoked
//
// A session's broker that does not take the last step is ended, and with a revocation the first step's too.
//
// Whatever part is started again meanwhile, it ends whole or not at all. A vault or a broker begins with the keys that
// are kept by then, and needs not be told. Of an API that was told to sign with the new key and has not said that it
// does, nobody knows; so the next one is told the same. When it says no, or none comes back, what the API's own file
// says in the end is told to everybody: the new key is retracted, or the one before retired.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "launch/control_frames.hpp"
#include "launch/journal.hpp"
#include "launch/latch.hpp"
#include "launch/layout.hpp"
#include "policy/key_set.hpp"
#include "seam/box.hpp"
#include "seam/launch.hpp"
#include "seam/vault.hpp"

namespace x1::launch {

class KeyRotation {
 public:
  // Who takes part.
  struct Parts {
    std::function<void(seam::launch::ToApi)> ask_api;  // that of the moment; while there is none, nobody
    // What does not answer is started again, as after a crash.
    std::function<void()> restart_api;
    std::function<void()> restart_vault;
    std::function<base::Status(const seam::vault::UseKeys&)> tell_vault;
    std::function<std::vector<std::string>(const seam::box::UseKeys&)> tell_brokers;  // whose answers to wait for
    std::function<bool(const std::string& session)> has_broker;
    std::function<void(const std::string& session, const std::string& reason)> end_session;
  };
  struct Patience {
    std::chrono::milliseconds answer = std::chrono::seconds(5);
    std::chrono::milliseconds restart = std::chrono::seconds(30);
  };

  // The references must outlive it.
  KeyRotation(boost::asio::io_context& context, const Layout& layout, const base::Clock& clock, Journal& journal,
              Parts parts, Patience patience)
      : context_(context),
        layout_(layout),
        clock_(clock),
        journal_(journal),
        parts_(std::move(parts)),
        patience_(patience) {}

  // One at a time; another one meanwhile is refused with conflict.
  [[nodiscard]] boost::asio::awaitable<control::FromSupervisor> rotate(bool revoke);

  // The answers. One that nobody waits for is dropped.
  void took(const seam::launch::KeyMade& message) { answered(api(message.number), message.key); }
  void took(const seam::launch::KeyUsed& message) { answered(api(message.number), message.key); }
  void took(const seam::launch::KeyFailed& message);
  // `session` is empty for the vault.
  void taken(const std::string& session, std::uint64_t number, const std::string& code);
  // The one that was told has gone; whoever takes its place begins with the keys that are kept.
  void begins_anew(const std::string& session);

  // The API has gone; it was started again, and serves. What a rotation has left then is put in order.
  void api_lost();
  void api_again();
  // The platform ends.
  void give_up();

 private:
  using Answer = base::Result<std::string>;
  // Nothing: it is not known what the API has done.
  using Said = std::optional<base::Result<crypto::PublicKey>>;
  struct Question {
    Latch latch;
    bool answered = false;
  };
  struct Told {
    base::Status vault;                // whether it believes the set
    std::vector<std::string> missing;  // sessions whose brokers did not take it
  };
  static std::string api(std::uint64_t number) { return "api " + std::to_string(number); }
  void expect(const std::string& question, const std::string& what);
  [[nodiscard]] boost::asio::awaitable<Answer> wait(std::string question, std::chrono::milliseconds patience);
  void answered(const std::string& question, Answer with);
  void over();

  [[nodiscard]] boost::asio::awaitable<base::Result<policy::KeySet>> follow(bool revoke);
  [[nodiscard]] boost::asio::awaitable<base::Result<crypto::PublicKey>> make();
  [[nodiscard]] boost::asio::awaitable<base::Status> use(crypto::PublicKey key, bool revoke);
  [[nodiscard]] boost::asio::awaitable<Said> ask(seam::launch::ToApi question, std::uint64_t number);
  // Keeps the set and tells it to everybody. `last`: a vault that says nothing is started again.
  [[nodiscard]] boost::asio::awaitable<Told> tell_all(policy::KeySet keys, bool last);
  [[nodiscard]] boost::asio::awaitable<Answer> vault_answer(std::string question, bool last);
  // What a rotation that was cut short has to have told.
  struct LeftOver {
    policy::KeySet keys;
    bool followed;  // the new key signs; else it is believed no more, and that is nothing to end a session for
  };
  [[nodiscard]] std::optional<LeftOver> left_over();
  [[nodiscard]] boost::asio::awaitable<void> put_in_order(LeftOver left);
  void end_all(const std::vector<std::string>& sessions);

  boost::asio::io_context& context_;
  const Layout& layout_;
  const base::Clock& clock_;
  Journal& journal_;
  Parts parts_;
  Patience patience_;
  std::map<std::string, std::unique_ptr<Question>> waiting_;
  std::unique_ptr<Latch> api_back_;
  std::uint64_t asked_ = 0;
  bool rotating_ = false;
  bool api_away_ = false;
  bool ending_ = false;
};

}  // namespace x1::launch
