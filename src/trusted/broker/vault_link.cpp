#include "broker/vault_link.hpp"

namespace x1::broker {

namespace {

base::Error vault_away() {
  return {base::Code::unavailable, "The vault is being started again just now.", "Try again."};
}

}  // namespace

VaultLink::VaultLink(boost::asio::io_context& context, os::Fd socket, const crypto::SigningKey& key)
    : context_(context), channel_(std::make_unique<net::SeamChannel>(context, std::move(socket))), key_(key) {}

void VaultLink::start(std::function<void()> on_broken) {
  on_broken_ = std::move(on_broken);
  listen();
}

void VaultLink::listen() {
  channel_->start([this](std::string_view frame) { took(frame); },
                  [this](const base::Error& why) {
                    lost();
                    if (why.code != base::Code::unavailable) on_broken_();
                  });
}

// A call that waited for the vault fails; whether its secret was released the vault's own rows say.
void VaultLink::lost() {
  for (auto& [id, then] : std::exchange(waiting_, {}))
    then(vault_away());
  for (auto& [id, check] : std::exchange(passkey_checks_, {}))
    check.then(vault_away());
}

void VaultLink::attach(os::Fd vault) {
  channel_ = std::make_unique<net::SeamChannel>(context_, std::move(vault));
  lost();
  listen();
}

std::uint64_t VaultLink::release(const policy::RequestPermit& permit, const Turn& turn, base::TimePoint now,
                                 OnReleased then) {
  const auto& call = permit.call();
  const policy::ReleaseRequest request{
      call.id, call.session, turn.certificate.turn, call.connection, permit.scope(), wire::digest_of(permit.request()),
      now};
  const auto id = ++last_;
  waiting_.emplace(id, std::move(then));
  auto sent = channel_->send_message<seam::vault::FromBroker>(
      seam::vault::Release{id, policy::sign(request, key_), turn.token, permit.grant().consent});
  if (!sent.ok()) settle(id, vault_away());
  return id;
}

void VaultLink::took(std::string_view frame) {
  auto message = seam::decode_frame<seam::vault::ToBroker>(frame);
  if (!message.ok()) return on_broken_();
  if (auto* released = std::get_if<seam::vault::Released>(&*message)) {
    return settle(released->id, std::move(released->credential));
  }
  if (const auto* pinned = std::get_if<seam::vault::PasskeyPinned>(&*message)) {
    return settle_passkey(pinned->id, policy::passkey_from(pinned->passkey));
  }
  auto& refused = std::get<seam::vault::Refused>(*message);
  const base::Error why{refused.code, std::move(refused.message), ""};
  settle(refused.id, why);
  settle_passkey(refused.id, why);
}

void VaultLink::check_passkey(std::string consent, OnPasskey then) {
  if (passkey_checks_.size() >= max_passkey_checks) {
    return then(base::Error{base::Code::too_many, "Too many passkeys are being checked at once.", ""});
  }
  const auto id = ++last_;
  auto timer = std::make_unique<boost::asio::steady_timer>(context_, passkey_patience);
  timer->async_wait([this, id](boost::system::error_code stopped) {
    const base::Error late{base::Code::timed_out, "The vault did not answer in time.", ""};
    if (!stopped) settle_passkey(id, late);
  });
  passkey_checks_.emplace(id, PasskeyCheck{std::move(then), std::move(timer)});
  auto sent = channel_->send_message<seam::vault::FromBroker>(seam::vault::CheckPasskey{id, std::move(consent)});
  if (!sent.ok()) settle_passkey(id, vault_away());
}

void VaultLink::settle_passkey(std::uint64_t id, base::Result<policy::Passkey> outcome) {
  auto node = passkey_checks_.extract(id);
  if (!node.empty()) node.mapped().then(std::move(outcome));
}

void VaultLink::settle(std::uint64_t id, base::Result<base::Bytes> outcome) {
  auto node = waiting_.extract(id);
  if (!node.empty()) node.mapped()(std::move(outcome));
}

}  // namespace x1::broker
