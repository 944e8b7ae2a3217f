#include "vault/vault.hpp"

#include "vault/credential.hpp"

namespace x1::vault {
namespace {

using base::Code;
using base::Error;
namespace seam = seam::vault;
using wire::Value;

constexpr std::string_view released_kind = "secret.released";

audit::Entry released_entry(const ReleasePermit& permit, const Record& record, base::TimePoint now) {
  const auto& [turn, consent, request] = permit.claims();
  audit::Entry entry;
  entry.time = now;
  entry.kind = released_kind;
  entry.actor = turn.actor.text();
  entry.turn = static_cast<std::uint64_t>(turn.turn);
  entry.scope = request.scope;
  entry.target = wire::to_string(record.url);
  entry.digest = crypto::to_hex(request.request);
  entry.outcome = "ok";
  entry.detail = Value::Object{{"session", request.session.text()},     {"connection", request.connection.text()},
                               {"call", request.call.text()},           {"consent", consent.id},
                               {"challenge", consent.challenge.text()}, {"boot_key", crypto::to_text(turn.boot_key)}};
  return entry;
}

audit::Entry refused_entry(const base::SessionId& session, const Attempt& attempt) {
  audit::Entry entry;
  entry.actor = attempt.actor;
  entry.turn = attempt.turn;
  entry.scope = attempt.scope;
  entry.digest = attempt.request;
  entry.detail = Value::Object{{"session", session.text()}, {"connection", attempt.connection}};
  return entry;
}

audit::Entry connection_entry(const std::string& connection, const std::string& owner, const std::string& target) {
  audit::Entry entry;
  entry.actor = owner;
  entry.target = target;
  entry.outcome = "ok";
  entry.detail = Value::Object{{"connection", connection}};
  return entry;
}

// Texts of a message are the API's claim, and may be anything: only an id is written down.
std::string id_or_nothing(const std::string& text) { return base::is_id_text(text) ? text : std::string(); }

Error not_theirs() { return Error{Code::forbidden, "The connection belongs to somebody else.", ""}; }

seam::Refused refused(std::uint64_t id, const Error& error) {
  return {id, error.code, error.next.empty() ? error.message : error.message + " " + error.next};
}

}  // namespace

void replay(const audit::Row& row, ConsentUses& uses) {
  const auto* consent = row.entry.detail.find_string("consent");
  if (row.entry.kind == released_kind && consent != nullptr) uses.note(*consent, row.entry.turn, row.entry.time);
}

base::Result<Journal::Place> Vault::add_refusal(const std::string& kind, const Error& error, audit::Entry entry) {
  entry.time = clock_.now();
  entry.kind = kind;
  entry.outcome = base::to_string(error.code);
  entry.detail.object()->emplace("reason", error.message);
  return journal_.add(std::move(entry));
}

base::Status Vault::record_refusal(const std::string& kind, const Error& error, audit::Entry entry) {
  X1_TRY(row, add_refusal(kind, error, std::move(entry)));
  return journal_.sync();
}

void Vault::release(Channel& channel, const seam::Release& message, AnswerBroker answer) {
  if (releases_.size() >= max_waiting_releases) flush();
  Attempt attempt;
  auto sealed = try_release(channel, message, attempt);
  if (sealed.ok()) {
    seam::Released released{message.id, std::move(sealed->credential)};
    releases_.push_back({message.id, sealed->row, std::move(released), std::move(answer)});
    return;
  }
  const auto row = add_refusal("secret.refused", sealed.error(), refused_entry(channel.session, attempt));
  if (!row.ok()) return answer(refused(message.id, row.error()));
  releases_.push_back({message.id, *row, refused(message.id, sealed.error()), std::move(answer)});
}

base::Result<Vault::Sealed> Vault::try_release(Channel& channel, const seam::Release& message, Attempt& attempt) {
  const auto now = clock_.now();
  X1_TRY(claims, verify_claims({message.request, message.turn, message.consent}, api_.set(), channel.session, now,
                               channel.believed, attempt));
  X1_TRY(record, store_.get(claims.request.connection));
  X1_TRY(elsewhere, check_not_platform(record, platform_port_));
  X1_TRY(permit, permit_release(std::move(claims), record.owner, uses_, now));
  X1_TRY(credential, seal_credential(permit, record, channel.dialer));
  X1_TRY(row, journal_.add(released_entry(permit, record, now)));
  uses_.note(permit.claims().consent.id, static_cast<std::uint64_t>(permit.claims().turn.turn), now);
  return Sealed{row, std::move(credential)};
}

void Vault::flush() {
  const auto synced = journal_.sync();
  const Error lost{Code::storage_failed, "The vault's audit could not be written.", ""};
  for (auto& each : std::exchange(releases_, {})) {
    const bool holds = journal_.holds(each.row);
    each.answer(holds ? std::move(each.message)
                      : seam::ToBroker(refused(each.id, synced.ok() ? lost : synced.error())));
  }
}

base::Status Vault::may_overwrite(const base::ConnectionId& connection, const base::UserId& owner) const {
  const auto kept = store_.get(connection);
  if (!kept.ok()) return kept.error().code == Code::not_found ? base::Status(base::Done{}) : base::Status(kept.error());
  if (kept->owner == owner) return base::Done{};
  return not_theirs();
}

base::Result<Vault::PendingKeep> Vault::open_keep(const seam::Keep& message) const {
  if (pending_.size() >= max_pending_keeps) {
    return Error{Code::too_many, "Too many logins are being tried at once.", "Try again in a moment."};
  }
  X1_TRY(connection, base::ConnectionId::parse(message.connection));
  X1_TRY(owner, base::UserId::parse(message.owner));
  X1_TRY(free, may_overwrite(connection, owner));
  if (message.record.size() > max_record_bytes) return Error{Code::too_large, "The sealed record is too large.", ""};
  X1_TRY(json, keys_.box.open(message.record));
  X1_TRY(record, read_record(json, std::move(owner)));
  X1_TRY(elsewhere, check_not_platform(record, platform_port_));
  return PendingKeep{message.id, std::move(connection), std::move(record), nullptr};
}

void Vault::keep(const seam::Keep& message, AnswerApi answer) {
  auto keep = open_keep(message);
  if (!keep.ok()) {
    const auto recorded =
        record_refusal("secret.keep_refused", keep.error(),
                       connection_entry(id_or_nothing(message.connection), id_or_nothing(message.owner), ""));
    return answer(refused(message.id, recorded.ok() ? keep.error() : recorded.error()));
  }
  keep->answer = std::move(answer);
  const auto number = ++last_keep_;
  const auto& entry = pending_.emplace(number, std::move(keep).value()).first->second;
  login_.attempt(entry.record, [this, number](const base::Status& login) { finish_keep(number, login); });
}

void Vault::finish_keep(std::uint64_t number, const base::Status& login) {
  const auto entry = pending_.extract(number);
  if (entry.empty()) return;
  const auto& keep = entry.mapped();
  const auto outcome = login.ok() ? store(keep) : login;
  if (outcome.ok()) {
    return keep.answer(seam::Kept{keep.id, keep.record.kind, wire::to_string(keep.record.url), keep.record.user});
  }
  const auto recorded = record_refusal(
      "secret.keep_refused", outcome.error(),
      connection_entry(keep.connection.text(), keep.record.owner.text(), wire::to_string(keep.record.url)));
  keep.answer(refused(keep.id, recorded.ok() ? outcome.error() : recorded.error()));
}

base::Status Vault::store(const PendingKeep& keep) {
  // Asked again: somebody else's record may have been kept under this name while the login was tried.
  X1_TRY(free, may_overwrite(keep.connection, keep.record.owner));
  auto entry = connection_entry(keep.connection.text(), keep.record.owner.text(), wire::to_string(keep.record.url));
  entry.time = clock_.now();
  entry.kind = "secret.kept";
  X1_TRY(recorded, journal_.append(std::move(entry)));
  return store_.put(keep.connection, keep.record);
}

base::Status Vault::try_forget(const seam::Forget& message) {
  X1_TRY(connection, base::ConnectionId::parse(message.connection));
  X1_TRY(owner, base::UserId::parse(message.owner));
  X1_TRY(record, store_.get(connection));
  if (record.owner != owner) return not_theirs();
  auto entry = connection_entry(connection.text(), owner.text(), wire::to_string(record.url));
  entry.time = clock_.now();
  entry.kind = "secret.forgotten";
  X1_TRY(recorded, journal_.append(std::move(entry)));
  return store_.remove(connection);
}

seam::ToApi Vault::forget(const seam::Forget& message) {
  const auto forgotten = try_forget(message);
  if (forgotten.ok()) return seam::Forgotten{message.id};
  const auto recorded =
      record_refusal("secret.forget_refused", forgotten.error(),
                     connection_entry(id_or_nothing(message.connection), id_or_nothing(message.owner), ""));
  return refused(message.id, recorded.ok() ? forgotten.error() : recorded.error());
}

seam::ToApi Vault::read_audit(const seam::ReadAudit& message) const {
  auto lines = journal_.lines_after(message.after, max_audit_lines);
  if (!lines.ok()) return refused(message.id, lines.error());
  return seam::AuditLines{message.id, std::move(lines).value()};
}

}  // namespace x1::vault
