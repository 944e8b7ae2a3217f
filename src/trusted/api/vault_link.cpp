#include "api/vault_link.hpp"

namespace x1::api {
namespace {

using base::Code;
using base::Error;
using ToVault = seam::vault::FromApi;

// The answer of the kind that was asked for, or the refusal.
template <class Kind>
base::Result<Kind> expect(base::Result<seam::vault::ToApi> answer) {
  if (!answer.ok()) return std::move(answer).error();
  if (auto* refused = std::get_if<seam::vault::Refused>(&*answer)) return Error{refused->code, refused->message, ""};
  if (auto* kind = std::get_if<Kind>(&*answer)) return std::move(*kind);
  return Error{Code::internal, "The vault answered something else.", ""};
}

base::Result<wire::Value> passkeys_in(base::Result<seam::vault::ToApi> answer) {
  auto listed = expect<seam::vault::Passkeys>(std::move(answer));
  if (!listed.ok()) return std::move(listed).error();
  return std::move(listed->passkeys);
}

}  // namespace

VaultLink::VaultLink(boost::asio::io_context& context, os::Fd socket)
    : context_(context), channel_(context, std::move(socket)) {
  channel_.start([this](std::string_view frame) { took(frame); },
                 [this](const Error& why) {
                   for (auto waiting = std::exchange(waiting_, {}); auto& [id, one] : waiting)
                     one.then(why);
                 });
}

void VaultLink::ask(std::uint64_t id, const base::Status& sent, std::function<void(Answer)> then) {
  if (!sent.ok()) return then(Error{Code::unavailable, "The vault is not there.", "try again soon"});
  if (waiting_.size() >= max_waiting) return then(Error{Code::too_many, "The vault is busy.", "try again soon"});
  auto timer = std::make_unique<boost::asio::steady_timer>(context_, patience);
  timer->async_wait([this, id](boost::system::error_code stopped) {
    if (!stopped) answered(id, Error{Code::timed_out, "The vault did not answer in time.", "try again"});
  });
  waiting_.emplace(id, Waiting{std::move(then), std::move(timer)});
}

void VaultLink::keep(const ConnectionId& connection, const UserId& owner, base::Bytes record, Then<Kept> then) {
  const auto id = ++last_id_;
  const auto sent =
      channel_.send_message<ToVault>(seam::vault::Keep{id, connection.text(), owner.text(), std::move(record)});
  ask(id, sent, [then = std::move(then)](Answer answer) {
    auto kept = expect<seam::vault::Kept>(std::move(answer));
    if (!kept.ok()) return then(std::move(kept).error());
    then(Kept{kept->kind, kept->url, kept->user});
  });
}

void VaultLink::forget(const ConnectionId& connection, const UserId& owner, Then<base::Done> then) {
  const auto id = ++last_id_;
  const auto sent = channel_.send_message<ToVault>(seam::vault::Forget{id, connection.text(), owner.text()});
  ask(id, sent, [then = std::move(then)](Answer answer) {
    auto forgotten = expect<seam::vault::Forgotten>(std::move(answer));
    // What is not there (any more) is forgotten: a second try after a lost answer ends well.
    if (!forgotten.ok() && forgotten.error().code != Code::not_found) return then(std::move(forgotten).error());
    then(base::Done{});
  });
}

void VaultLink::change_passkey(bool remove, const policy::Passkey& passkey, const std::string& assertion,
                               Then<wire::Value> then) {
  const auto id = ++last_id_;
  ask(id, channel_.send_message<ToVault>(seam::vault::ChangePasskey{id, remove, policy::to_value(passkey), assertion}),
      [then = std::move(then)](Answer answer) { then(passkeys_in(std::move(answer))); });
}

void VaultLink::passkeys(const UserId& user, Then<wire::Value> then) {
  const auto id = ++last_id_;
  ask(id, channel_.send_message<ToVault>(seam::vault::ListPasskeys{id, user.text()}),
      [then = std::move(then)](Answer answer) { then(passkeys_in(std::move(answer))); });
}

void VaultLink::took(std::string_view frame) {
  auto message = seam::decode_frame<seam::vault::ToApi>(frame);
  if (!message.ok()) return;
  const auto id = std::visit([](const auto& kind) { return kind.id; }, *message);
  answered(id, std::move(message));
}

void VaultLink::answered(std::uint64_t id, Answer answer) {
  auto found = waiting_.extract(id);
  if (!found.empty()) found.mapped().then(std::move(answer));
}

}  // namespace x1::api
