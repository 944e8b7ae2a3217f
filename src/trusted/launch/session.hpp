// Session: the processes of one session, from StartSession to SessionEnded.
//
// Order: the agent's box first, because its listening socket is made inside it (the agent may connect at once; the
// connection waits); gate, which must run before the broker holds a key; dialer and resolver; providers and relays; the
// broker. All start without waiting for one another; what is awaited is the dialer's key and the broker's boot key.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "launch/child.hpp"
#include "launch/core.hpp"
#include "launch/installation.hpp"
#include "launch/journal.hpp"
#include "launch/ready_line.hpp"
#include "launch/session_components.hpp"
#include "os/fd.hpp"
#include "seam/launch.hpp"

namespace x1::launch {

class Session {
 public:
  struct Callbacks {
    std::function<void(std::uint32_t status)> on_agent_exit;
    // One of the trusted parts is gone: the agent has been killed already.
    std::function<void(std::string reason)> on_broken;
  };

  // `terminal` (or none) becomes the agent's. The references must outlive it.
  Session(boost::asio::io_context& context, const Installation& at, sandbox::Filters& filters, Journal& journal,
          Core& core, SessionFacts facts, os::Fd terminal, Callbacks callbacks);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // The broker's boot key. A failed start is followed by stop(), as any other end.
  [[nodiscard]] boost::asio::awaitable<base::Result<std::string>> start(
      std::string sidecar_credentials, std::vector<seam::launch::ProviderStart> providers);
  // Makes a start that is under way fail soon.
  void abort();
  // Ends everything: the agent at once, the broker after it has closed its books.
  [[nodiscard]] boost::asio::awaitable<void> stop();

  [[nodiscard]] const SessionFacts& facts() const noexcept { return facts_; }
  [[nodiscard]] std::vector<const Child*> children() const;

 private:
  // The broker's ends of its seams, until it has them.
  struct Ends {
    os::Fd gate;
    os::Fd dialer;
  };
  [[nodiscard]] base::Status make_folders();
  [[nodiscard]] base::Status start_agent();
  [[nodiscard]] base::Status start_gate();
  [[nodiscard]] base::Status start_dialer();
  [[nodiscard]] base::Status start_broker(const std::string& credentials);
  [[nodiscard]] base::Status start_provider(std::uint32_t index, const seam::launch::ProviderStart& provider);
  [[nodiscard]] base::Result<Output> output(const std::string& name);
  [[nodiscard]] base::Result<Child*> add(const sandbox::Plan& plan, std::optional<Output> output);
  void broken(const std::string& who, int status);
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
  std::unique_ptr<Child> agent_;
  std::vector<std::unique_ptr<Child>> parts_;  // the trusted ones and the providers
  Child* gate_ = nullptr;                      // of parts_, as the next
  Child* broker_ = nullptr;
  os::Fd listener_;  // of the agent's box, until gate has it
  Ends ends_;
  os::Fd vault_end_;  // until the vault has it
  std::unique_ptr<ReadyLine> dialer_ready_;
  std::unique_ptr<ReadyLine> broker_ready_;
  bool stopping_ = false;
};

}  // namespace x1::launch
