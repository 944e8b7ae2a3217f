// Vault: keeps one secret per connection, and releases it for one request to one session's dialer, after its own row is
// on the disk. No sockets here: serve.hpp joins it to its seams.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "crypto/sealed_box.hpp"
#include "seam/vault.hpp"
#include "vault/api_keys.hpp"
#include "vault/journal.hpp"
#include "vault/keys.hpp"
#include "vault/login_trial.hpp"
#include "vault/record_store.hpp"
#include "vault/release_check.hpp"

namespace x1::vault {

// Takes in what earlier releases said about consents; for Journal::open.
void replay(const audit::Row& row, ConsentUses& uses);

class Vault {
 public:
  static constexpr std::size_t max_pending_keeps = 8;
  static constexpr std::size_t max_audit_lines = 500;
  static constexpr std::size_t max_waiting_releases = 256;
  using AnswerBroker = std::function<void(seam::vault::ToBroker)>;
  using AnswerApi = std::function<void(seam::vault::ToApi)>;

  // All references stay with the caller. `api` are the keys that sign turns and consents; `platform_port` is the
  // port of the platform's own interface on this machine, which no connection may lead to.
  Vault(const Keys& keys, RecordStore& store, Journal& journal, LoginTrial& login, const base::Clock& clock,
        const ApiKeys& api, std::uint16_t platform_port, ConsentUses uses)
      : keys_(keys),
        store_(store),
        journal_(journal),
        login_(login),
        clock_(clock),
        api_(api),
        platform_port_(platform_port),
        uses_(std::move(uses)) {}

  // The channel that the supervisor made for one session, which began at `since` and whose dialer opens with `dialer`.
  struct Channel {
    base::SessionId session;
    crypto::BoxPublicKey dialer;
    Believed believed;
  };
  [[nodiscard]] static Channel channel(base::SessionId session, const crypto::BoxPublicKey& dialer,
                                       base::TimePoint since) {
    return {std::move(session), dialer, Believed(since)};
  }
  // Decides, and adds the row; the answer is given by `flush`, once the row is on the disk. So all who ask at about the
  // same time share one flush.
  void release(Channel& channel, const seam::vault::Release& message, AnswerBroker answer);
  // Makes the rows durable, then answers whoever waits for one of them. A row that is lost releases nothing.
  void flush();

  // Answers once, after the login was tried.
  void keep(const seam::vault::Keep& message, AnswerApi answer);
  // Only what is kept for the owner whom the message names; forbidden otherwise.
  [[nodiscard]] seam::vault::ToApi forget(const seam::vault::Forget& message);
  [[nodiscard]] seam::vault::ToApi read_audit(const seam::vault::ReadAudit& message) const;

 private:
  struct PendingKeep {
    std::uint64_t id = 0;
    base::ConnectionId connection;
    Record record;
    AnswerApi answer;
  };
  // An answer, and the row that must be on the disk before it is given.
  struct PendingRelease {
    std::uint64_t id = 0;
    Journal::Place row;
    seam::vault::ToBroker message;
    AnswerBroker answer;
  };
  struct Sealed {
    Journal::Place row;
    base::Bytes credential;
  };
  [[nodiscard]] base::Result<Sealed> try_release(Channel& channel, const seam::vault::Release& message,
                                                 Attempt& attempt);
  [[nodiscard]] base::Result<PendingKeep> open_keep(const seam::vault::Keep& message) const;
  [[nodiscard]] base::Status may_overwrite(const base::ConnectionId& connection, const base::UserId& owner) const;
  void finish_keep(std::uint64_t number, const base::Status& login);
  [[nodiscard]] base::Status store(const PendingKeep& keep);
  [[nodiscard]] base::Status try_forget(const seam::vault::Forget& message);
  [[nodiscard]] base::Result<Journal::Place> add_refusal(const std::string& kind, const base::Error& error,
                                                         audit::Entry entry);
  [[nodiscard]] base::Status record_refusal(const std::string& kind, const base::Error& error, audit::Entry entry);

  const Keys& keys_;
  RecordStore& store_;
  Journal& journal_;
  LoginTrial& login_;
  const base::Clock& clock_;
  const ApiKeys& api_;
  std::uint16_t platform_port_;
  ConsentUses uses_;
  std::uint64_t last_keep_ = 0;
  std::map<std::uint64_t, PendingKeep> pending_;
  std::vector<PendingRelease> releases_;
};

}  // namespace x1::vault
