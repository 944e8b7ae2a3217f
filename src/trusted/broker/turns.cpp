#include "broker/turns.hpp"

#include <algorithm>

#include "crypto/digest.hpp"
#include "policy/states.hpp"
#include "wire/fields.hpp"
#include "wire/json.hpp"

namespace x1::broker {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t max_certificate_bytes = 8 * 1024;
constexpr std::size_t max_answer_bytes = 256 * 1024;
constexpr std::size_t max_connections = 64;
constexpr std::size_t max_url_bytes = 2048;
// What it says is shown and compared, never obeyed: the vault and the dialer check the real binding.
constexpr wire::JsonLimits facts_limits{.bytes = 64 * 1024, .depth = 4, .values = 512};

base::Result<Connection> connection_from(const wire::Value& value) {
  wire::Fields fields(value, "the connection");
  auto id = fields.id<base::ConnectionId>("id");
  auto kind = fields.string("kind", 64);
  auto text = fields.string("url", max_url_bytes);
  X1_TRY(done, fields.finish());
  X1_TRY(url, wire::parse_url(text));
  return Connection{std::move(*id), std::move(kind), std::move(url), std::move(text)};
}

base::Result<std::vector<Connection>> connections_from(std::string_view text) {
  X1_TRY(value, wire::parse_json(text, facts_limits));
  wire::Fields fields(value, "the turn's facts");
  const auto list = fields.any("connections");
  X1_TRY(done, fields.finish());
  if (list.array() == nullptr || list.array()->size() > max_connections) {
    return Error{Code::invalid_request, "The turn's connections are not a list of at most 64.", ""};
  }
  std::vector<Connection> connections;
  for (const auto& each : *list.array()) {
    X1_TRY(connection, connection_from(each));
    connections.push_back(std::move(connection));
  }
  return connections;
}

// The text up to the next '\n', which is taken away with it.
std::optional<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

const Connection* Turn::connection(std::string_view kind, std::string_view id,
                                   std::span<const base::ConnectionId> chosen) const noexcept {
  if (id.empty()) {
    for (const auto& each : chosen) {
      if (const auto* found = connection(kind, each.text())) return found;
    }
  }
  const auto found = std::ranges::find_if(
      connections, [&](const Connection& each) { return each.kind == kind && (id.empty() || each.id.text() == id); });
  return found == connections.end() ? nullptr : &*found;
}

std::vector<policy::Account> Turn::accounts(std::string_view kind) const {
  std::vector<policy::Account> all;
  for (const auto& each : connections) {
    if (each.kind == kind) all.push_back({each.id, each.url_text});
  }
  return all.size() > 1 ? all : std::vector<policy::Account>();
}

base::Result<Turn> read_turn(std::string_view answer, const policy::KeySet& api_keys, base::TimePoint now) {
  const auto token = take_line(answer);
  const auto facts = take_line(answer);
  if (!token || !facts || token->size() > max_certificate_bytes || answer.size() > max_answer_bytes) {
    return Error{Code::invalid_request, "The turn's answer is malformed.", ""};
  }
  // Nothing is read before the signature holds.
  X1_TRY(certificate, policy::verify_turn(*token, api_keys, now));
  if (crypto::sha256(answer) != certificate.message) {
    return Error{Code::invalid_token, "The turn's message is not the one its certificate names.", ""};
  }
  if (crypto::sha256(*facts) != certificate.connections) {
    return Error{Code::invalid_token, "The turn's connections are not those that its certificate names.", ""};
  }
  X1_TRY(connections, connections_from(*facts));
  return Turn{std::move(certificate), std::string(*token), std::string(answer), std::move(connections)};
}

base::Status Turns::may_open(const Turn& turn) const {
  const auto number = number_of(turn);
  const policy::step::OpenTurn step{
      .same_session = turn.certificate.session == session_,
      .same_boot = turn.certificate.boot_key == boot_key_,
      // A restarted broker may go on with the turn that was open; this boot never opens a number twice.
      .newer = number > seen_ && number >= last_,
  };
  if (const auto* unmet = step.unmet()) return unmet->error();
  return base::Done{};
}

base::Result<TurnPtr> Turns::open(Turn turn) {
  X1_TRY(may, may_open(turn));
  seen_ = last_ = number_of(turn);
  current_ = std::make_shared<const Turn>(std::move(turn));
  return current_;
}

TurnPtr Turns::close() { return std::exchange(current_, nullptr); }

TurnPtr Turns::open_turn(std::uint64_t number) const {
  return current_ && number_of(*current_) == number ? current_ : nullptr;
}

}  // namespace x1::broker
