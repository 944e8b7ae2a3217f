// Services: everything that an endpoint may use, and the ports to the other processes. Main keeps it all alive.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/login_limits.hpp"
#include "api/store.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "crypto/random.hpp"
#include "crypto/signing.hpp"
#include "policy/passkey.hpp"
#include "seam/launch.hpp"

namespace x1::api {

template <class T>
using Then = std::function<void(base::Result<T>)>;

// Password hashing, off the thread that serves. Fails with too_many when too much of it waits.
class Passwords : public Port {
 public:
  virtual void hash(std::string password, Then<std::string> then) = 0;
  // An empty hash is never right, but takes as long as any.
  virtual void verify(std::string password, std::string hash, Then<bool> then) = 0;
};

// The credential store. What it is given is sealed to it; what it tells is never secret.
class Vault : public Port {
 public:
  struct Kept {
    std::string kind;
    std::string url;
    std::string user;
  };
  virtual void keep(const ConnectionId& connection, const UserId& owner, base::Bytes record, Then<Kept> then) = 0;
  virtual void forget(const ConnectionId& connection, const UserId& owner, Then<base::Done> then) = 0;
  // What is pinned for the person afterwards (schema/passkey.md). Whether it may be changed, the vault alone says.
  virtual void change_passkey(bool remove, const policy::Passkey& passkey, const std::string& assertion,
                              Then<wire::Value> then) = 0;
  virtual void passkeys(const UserId& user, Then<wire::Value> then) = 0;
};

// The supervisor, which alone can start anything. Failing means that it is not there.
class Launcher : public Port {
 public:
  virtual Status start(seam::launch::StartSession session) = 0;
  virtual Status stop(const SessionId& session) = 0;
  // The same, without waiting for anything that runs in it.
  virtual Status kill(const SessionId& session) = 0;
  // Another sidecar under the same agent.
  virtual Status resume(seam::launch::ResumeSession session) = 0;
  virtual Status resume(seam::launch::ResumeProvider provider) = 0;
};

// Bus identities for one session.
class BusIdentities : public Port {
 public:
  // As .creds texts. Secret.
  virtual base::Result<std::string> sidecar(const SessionId& session) = 0;
  virtual base::Result<std::vector<seam::launch::ProviderStart>> providers(const SessionId& session) = 0;
  // Fails with not_found when there is no such domain.
  virtual base::Result<seam::launch::ProviderStart> provider(const SessionId& session, const std::string& domain) = 0;
  // A JWT for the same user, for some minutes more. No secret: it is worth nothing without the user's key, which never
  // leaves its process. Fails with forbidden when `jwt` is not one of this session's, or has expired.
  virtual base::Result<std::string> renew(const SessionId& session, std::string_view jwt) = 0;
};

// What has to happen after something was committed.
class Announcer : public Port {
 public:
  virtual void event_added(const SessionId& session) = 0;
  virtual void member_left(const SessionId& session, const UserId& user) = 0;
  virtual void turn_waits(const SessionId& session) = 0;
  virtual void control_waits(const SessionId& session) = 0;
  virtual void logged_out(const std::string& token_hash) = 0;
};

struct Services {
  Store& store;
  const base::Clock& clock;
  crypto::Random& random;
  const crypto::SigningKey& key;  // signs turns, consents, receipts, controls and the platform's audit
  Passwords& passwords;
  Vault& vault;
  Launcher& launcher;
  BusIdentities& identities;
  Announcer& announcer;
  LoginLimits& login_limits;
};

// Who asks.
struct Caller {
  UserId user;
  bool owner = false;      // of the platform
  std::string token_hash;  // of the login
};

}  // namespace x1::api
