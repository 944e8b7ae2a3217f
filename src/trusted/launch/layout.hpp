// Layout: where everything of one state folder lies. Paths are built here and nowhere else.
#pragma once

#include <string>
#include <string_view>

namespace x1::launch {

class Layout {
 public:
  explicit Layout(std::string state) : state_(std::move(state)) {}

  [[nodiscard]] const std::string& state() const noexcept { return state_; }
  [[nodiscard]] std::string lock() const { return in("lock"); }
  [[nodiscard]] std::string packages() const { return in("packages"); }

  // The name under `localhost` that browsers reach the edge by.
  [[nodiscard]] std::string own_name() const { return in("own-name"); }

  // The owner's alone; mounted into nothing.
  [[nodiscard]] std::string offline() const { return in("offline"); }
  [[nodiscard]] std::string operator_seed() const { return in("offline/operator.seed"); }
  [[nodiscard]] std::string account_seed() const { return in("offline/account.seed"); }

  // Public keys and manifests.
  [[nodiscard]] std::string keys() const { return in("keys"); }
  [[nodiscard]] std::string api_keys() const { return in("keys/api.json"); }
  [[nodiscard]] std::string vault_box_key() const { return in("keys/vault.pub"); }
  [[nodiscard]] std::string vault_audit_key() const { return in("keys/vault-audit.pub"); }
  [[nodiscard]] std::string manifests() const { return in("manifests"); }

  // One folder a component, each its own uid's.
  [[nodiscard]] std::string nats() const { return in("nats"); }
  [[nodiscard]] std::string nats_settings() const { return in("nats/nats.conf"); }
  [[nodiscard]] std::string vault() const { return in("vault"); }
  [[nodiscard]] std::string api() const { return in("api"); }
  [[nodiscard]] std::string api_seed() const { return in("api/signing.seed"); }
  [[nodiscard]] std::string api_bus() const { return in("api/bus.json"); }

  [[nodiscard]] std::string sessions() const { return in("sessions"); }
  [[nodiscard]] std::string session(std::string_view id) const { return in("sessions/" + std::string(id)); }

  [[nodiscard]] std::string run() const { return in("run"); }
  [[nodiscard]] std::string port() const { return in("run/port"); }
  [[nodiscard]] std::string log() const { return in("log"); }
  [[nodiscard]] std::string log(std::string_view name) const { return in("log/" + std::string(name) + ".log"); }

 private:
  [[nodiscard]] std::string in(const std::string& name) const { return state_ + "/" + name; }
  std::string state_;
};

// Of one session, below Layout::session.
struct SessionLayout {
  std::string folder;

  [[nodiscard]] std::string broker() const { return folder + "/broker"; }        // the broker's uid's
  [[nodiscard]] std::string workspace() const { return folder + "/workspace"; }  // a fresh one; the agent's uid's
  // Of a person's folder: what the agent changed (the agent's uid's), and what the overlay needs for itself.
  [[nodiscard]] std::string overlay() const { return folder + "/overlay"; }
  [[nodiscard]] std::string upper() const { return folder + "/overlay/upper"; }
  [[nodiscard]] std::string work() const { return folder + "/overlay/work"; }
  [[nodiscard]] std::string facts() const { return folder + "/session.json"; }  // what the overlay lies on
  [[nodiscard]] std::string agent_log() const { return folder + "/agent.log"; }
  [[nodiscard]] std::string log(std::string_view name) const { return folder + "/" + std::string(name) + ".log"; }
};

}  // namespace x1::launch
