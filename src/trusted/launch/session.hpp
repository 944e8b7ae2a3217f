// Session: the processes of one session, from StartSession to SessionEnded.
//
// Order: a spare's gate, dialer and resolver run before anything else does (gate must before the broker holds a key);
// the vault is told the dialer's key; then agent, providers with their relays, and the broker start side by side. An
// agent that connects at once waits at its socket, which gate has had from the beginning. What is awaited last is the
// broker's boot key.
//
// Later, as often as the broker says that another person's turn begins: agent and gate are ended, and another network,
// gate and agent take their places (session_replace.cpp). And when a part of the sidecar dies, all of it is ended, and
// another takes its place under the same agent, at the same socket and with the same record (session_resume.cpp). A
// provider is started again by itself (provider.hpp).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "launch/child.hpp"
#include "launch/core.hpp"
#include "launch/door.hpp"
#include "launch/installation.hpp"
#include "launch/journal.hpp"
#include "launch/outward.hpp"
#include "launch/provider.hpp"
#include "launch/ready_line.hpp"
#include "launch/session_components.hpp"
#include "launch/spare.hpp"
#include "net/seam_channel.hpp"
#include "os/fd.hpp"
#include "seam/box.hpp"
#include "seam/launch.hpp"

namespace x1::launch {

class Session {
 public:
  struct Callbacks {
    // The command of a session that runs it once.
    std::function<void(std::uint32_t status)> on_agent_exit;
    // One of the parts is gone for good: the agent has been killed already.
    std::function<void(std::string reason)> on_broken;
    // The broker uses these keys of the API; or why not (a code).
    std::function<void(std::uint64_t number, const std::string& code)> on_keys;
    // Another sidecar is wanted, as that part of it died: the API has to be asked.
    std::function<void(std::string part)> on_sidecar_lost;
    // Nothing of the broker runs any more. The next one begins with the keys of the API that are kept then.
    std::function<void()> on_broker_gone;
    // Another provider is wanted, as a part of that one died: the same.
    std::function<void(const std::string& domain, const std::string& part)> on_provider_lost;
    // The other broker's boot key.
    std::function<void(std::string boot_key)> on_resumed;
  };

  // `terminal` (or none) becomes the agent's. The spare has the place that `facts` name. The references must outlive
  // it.
  Session(boost::asio::io_context& context, const Installation& at, sandbox::Filters& filters, Journal& journal,
          Core& core, SessionFacts facts, std::unique_ptr<Spare> spare, os::Fd terminal, Callbacks callbacks);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // The broker's boot key. A failed start is followed by stop(), as any other end.
  [[nodiscard]] boost::asio::awaitable<base::Result<std::string>> start(
      std::string sidecar_credentials, std::vector<seam::launch::ProviderStart> providers);
  // False while there is none: it is started with the keys of that moment.
  [[nodiscard]] bool has_broker() const noexcept { return broker_ && broker_->alive(); }
  [[nodiscard]] base::Status tell_keys(const seam::box::UseKeys& keys);
  // What the API answers when a sidecar was lost.
  void resume_with(std::string sidecar_credentials);
  // The same, when a provider was lost.
  void resume_with(seam::launch::ProviderStart provider);
  // Makes a start that is under way fail at its next step.
  void abort();
  // Kills everything but the broker, and waits for nothing. stop() follows, and waits for the broker's books.
  void kill();
  // Ends everything: the agent at once, the broker after it has closed its books.
  [[nodiscard]] boost::asio::awaitable<void> stop();

  // The vault, or the API, was started again.
  void vault_again();
  void api_again();

  [[nodiscard]] const SessionFacts& facts() const noexcept { return facts_; }
  [[nodiscard]] std::vector<const Child*> children() const;

 private:
  [[nodiscard]] base::Status make_folders();
  [[nodiscard]] base::Status take_spare();
  [[nodiscard]] boost::asio::awaitable<base::Status> know_dialer();
  // The broker's end of a new channel to the vault.
  [[nodiscard]] base::Result<os::Fd> join_vault();
  // Each begins; all_run() waits for them.
  [[nodiscard]] base::Status begin_agent();
  [[nodiscard]] base::Status begin_providers(const std::vector<seam::launch::ProviderStart>& providers);
  void provider_died(Provider& provider, const std::string& part, int status);
  void provider_again(const std::string& domain);
  [[nodiscard]] base::Status begin_broker(const std::string& credentials);
  [[nodiscard]] boost::asio::awaitable<base::Status> all_run();
  [[nodiscard]] boost::asio::awaitable<base::Status> providers_run();
  // Agent and sidecar, as much as there is of them just now.
  [[nodiscard]] std::vector<Child*> own() const;
  [[nodiscard]] base::Result<Output> output(const std::string& name);
  // Whether to go on with a start.
  [[nodiscard]] base::Status wanted() const;
  // session_replace.cpp
  // The ends and starts of a replacement have limits of their own, ten seconds each.
  static constexpr std::chrono::seconds replacement_patience{40};
  [[nodiscard]] base::Result<os::Fd> listen_to_broker();
  void broker_said(std::string_view frame);
  void broker_asks(const seam::box::ReplaceAgent& message);
  void tell_broker(const seam::box::ToBroker& message, int fd = -1);
  [[nodiscard]] base::Status try_to_tell_broker(const seam::box::ToBroker& message, int fd = -1);
  [[nodiscard]] boost::asio::awaitable<void> replace(std::uint64_t turn);
  [[nodiscard]] boost::asio::awaitable<base::Result<os::Fd>> new_agent();
  [[nodiscard]] boost::asio::awaitable<void> end_agent();
  void agent_ended(int status);
  [[nodiscard]] base::Status old_box_is_gone() const;
  // session_resume.cpp
  void sidecar_died(const std::string& who, int status);
  [[nodiscard]] boost::asio::awaitable<void> resume(int status);
  void blame(const std::string& who);
  void end_for(std::string reason);
  void not_resumable(const std::string& part);
  [[nodiscard]] bool sidecar_lives() const;
  // Returns when nothing of the sidecar runs any more; false: the broker ended the session itself, or something runs
  // on.
  [[nodiscard]] boost::asio::awaitable<bool> end_sidecar();
  [[nodiscard]] boost::asio::awaitable<base::Result<std::string>> start_sidecar(std::string credentials);
  void part_died(const std::string& who, int status);
  // One of the parts has ended. Its neighbours end with it, and may be heard of before it.
  void broken(const std::string& who, int status);
  void tell_broken();
  void give_up(const base::Error& why);

  boost::asio::io_context& context_;
  const Installation& at_;
  sandbox::Filters& filters_;
  Journal& journal_;
  Core& core_;
  SessionFacts facts_;
  SessionLayout layout_;
  os::Fd terminal_;
  Callbacks callbacks_;
  std::unique_ptr<Spare> spare_;  // until its parts are ours
  std::unique_ptr<Child> agent_;
  // The sidecar. The broker's ends of its seams are here until it has them, and so is the network until the agent is in
  // it.
  Door door_;
  Outward outward_;
  std::unique_ptr<Child> broker_;
  os::Fd vault_seam_;
  std::vector<std::unique_ptr<Provider>> providers_;
  std::string dialer_key_;  // empty until the dialer is ready
  std::unique_ptr<ReadyLine> broker_ready_;
  std::unique_ptr<net::SeamChannel> from_broker_;
  os::Fd to_broker_;                    // the same socket: messages with a descriptor go out here
  std::shared_ptr<Latch> replacement_;  // of the one that is under way; shared with whoever waits for its end
  std::string blamed_;                  // the part that the others followed, as far as is known
  std::string lost_;                    // the same, of a sidecar that is about to be started again
  boost::asio::steady_timer blaming_;   // until somebody is named
  bool booted_ = false;
  bool aborted_ = false;
  bool stopping_ = false;
  // Of the sidecar that is being started again, if one is.
  std::shared_ptr<Latch> resuming_;     // shared with whoever waits for its end
  std::unique_ptr<Latch> credentials_;  // for its broker
  std::optional<int> broker_status_;    // how the one before ended, if by itself
  RestartBound restarts_;
  std::size_t sidecars_ = 1;
};

}  // namespace x1::launch
