// Turns: which turn is open. A turn is one immutable object, made from a certificate of the API that names this boot
// of this broker; at most one is open, numbers only rise, and a new one closes the one before.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "crypto/signing.hpp"
#include "policy/challenge.hpp"
#include "policy/key_set.hpp"
#include "policy/tokens.hpp"
#include "wire/url.hpp"

namespace x1::broker {

// What is public about one of the actor's accounts. The vault and the dialer hold the binding that counts.
struct Connection {
  base::ConnectionId id;
  std::string kind;  // "caldav"
  wire::Url url;
  std::string url_text;
};

struct Turn {
  policy::TurnCertificate certificate;
  std::string token;  // the certificate as it was signed: the vault asks for it
  std::string message;
  std::vector<Connection> connections;

  // The actor's connection of that kind: the one with that id; when `id` is empty, the first of those that were
  // `chosen`, or else the first of all. nullptr: none.
  [[nodiscard]] const Connection* connection(std::string_view kind, std::string_view id,
                                             std::span<const base::ConnectionId> chosen = {}) const noexcept;
  // All of that kind, for the person to choose from; none when there is no choice.
  [[nodiscard]] std::vector<policy::Account> accounts(std::string_view kind) const;
};
// Shared: a call that is under way keeps the turn it belongs to, also after that turn was closed.
using TurnPtr = std::shared_ptr<const Turn>;

// The answer to `….turn`: the certificate, and the line of public facts and the message that it names by their digests.
[[nodiscard]] base::Result<Turn> read_turn(std::string_view answer, const policy::KeySet& api_keys,
                                           base::TimePoint now);

class Turns {
 public:
  // `last`: the highest number that this session's journal knows.
  Turns(base::SessionId session, crypto::PublicKey boot_key, std::uint64_t last)
      : session_(std::move(session)), boot_key_(boot_key), last_(last) {}

  // Makes it the open turn. Refuses another session's, another boot's and an old number.
  [[nodiscard]] base::Result<TurnPtr> open(Turn turn);
  // Why it would not; nothing is changed.
  [[nodiscard]] base::Status may_open(const Turn& turn) const;
  // The turn that was open, if any.
  TurnPtr close();

  [[nodiscard]] const TurnPtr& current() const noexcept { return current_; }
  // The open turn, if its number is this one.
  [[nodiscard]] TurnPtr open_turn(std::uint64_t number) const;
  // The last number that this boot has opened; 0: none yet.
  [[nodiscard]] std::uint64_t seen() const noexcept { return seen_; }

 private:
  base::SessionId session_;
  crypto::PublicKey boot_key_;
  std::uint64_t last_;
  std::uint64_t seen_ = 0;
  TurnPtr current_;
};

[[nodiscard]] inline std::uint64_t number_of(const Turn& turn) noexcept {
  return static_cast<std::uint64_t>(turn.certificate.turn);
}

}  // namespace x1::broker
