// Daemon: the control plane, put together: store, seams to edge, vault and supervisor, the bus, and the desks that
// answer what comes from each. Everything runs on one io_context; only hashing and libnats have threads.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "api/bus_desk.hpp"
#include "api/bus_identities.hpp"
#include "api/control_sender.hpp"
#include "api/event_streams.hpp"
#include "api/front_desk.hpp"
#include "api/session_life.hpp"
#include "api/vault_link.hpp"
#include "api/worker_passwords.hpp"
#include "log/log.hpp"
#include "net/seam_channel.hpp"
#include "os/system_clock.hpp"

namespace x1::api {

struct DaemonSettings {
  std::string state;      // folder: x1.db, signing.seed, signing.next, bus.json
  std::string manifests;  // folder
  std::string bus;        // "127.0.0.1:4222"
};

class Daemon final : public Launcher, public Announcer {
 public:
  // What has to be read before the process is sealed for good.
  struct Parts {
    crypto::SigningKey key;
    std::unique_ptr<Store> store;
    std::unique_ptr<MintedIdentities> identities;
  };
  [[nodiscard]] static base::Result<Parts> load(const DaemonSettings& settings, const base::Clock& clock);

  Daemon(boost::asio::io_context& context, const base::Clock& clock, DaemonSettings settings, Parts parts, os::Fd edge,
         os::Fd vault, os::Fd supervisor);
  // Serves once the supervisor has said what runs, until edge or the supervisor is gone; then the context is stopped,
  // and the reason is in `why_stopped`.
  [[nodiscard]] Status start();
  [[nodiscard]] const base::Error& why_stopped() const noexcept { return why_stopped_; }

  Status start(seam::launch::StartSession session) override;
  Status stop(const SessionId& session) override;
  Status kill(const SessionId& session) override;
  Status resume(seam::launch::ResumeSession session) override;
  Status resume(seam::launch::ResumeProvider provider) override;
  void event_added(const SessionId& session) override;
  void member_left(const SessionId& session, const UserId& user) override;
  void turn_waits(const SessionId& session) override;
  void control_waits(const SessionId& session) override;
  void logged_out(const std::string& token_hash) override;

 private:
  void from_edge(std::string_view frame);
  void from_supervisor(std::string_view frame);
  // One kind of message from the supervisor.
  [[nodiscard]] Status heard(const seam::launch::MintBearer& asked);
  [[nodiscard]] Status heard(const seam::launch::MintLink& asked);
  [[nodiscard]] Status heard(const seam::launch::MakeKey& asked);
  [[nodiscard]] Status heard(const seam::launch::UseKey& asked);
  [[nodiscard]] Status key_failed(std::uint64_t number, const base::Error& why);
  [[nodiscard]] Status heard(const seam::launch::Running& running);
  // How it goes with one session: acknowledged.
  [[nodiscard]] Status heard(const auto& report);
  [[nodiscard]] Status serve();
  void tick();
  void stop_serving(const base::Error& why);

  boost::asio::io_context& context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  const base::Clock& clock_;
  log::Log log_;
  DaemonSettings settings_;
  Parts parts_;
  crypto::SystemRandom random_;
  WorkerPasswords passwords_;
  VaultLink vault_;
  LoginLimits login_limits_;
  net::SeamChannel edge_;
  net::SeamChannel supervisor_;
  Services services_;
  EventStreams streams_;
  FrontDesk front_;
  BusDesk desk_;
  ControlSender sender_;
  std::unique_ptr<nats::Client> bus_;
  boost::asio::steady_timer timer_;
  base::Error why_stopped_;
};

}  // namespace x1::api
