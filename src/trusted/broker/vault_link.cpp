#include "broker/vault_link.hpp"

namespace x1::broker {

VaultLink::VaultLink(boost::asio::io_context& context, os::Fd socket, const crypto::SigningKey& key)
    : channel_(context, std::move(socket)), key_(key) {}

void VaultLink::start(std::function<void()> on_closed) {
  on_closed_ = std::move(on_closed);
  channel_.start([this](std::string_view frame) { took(frame); },
                 [this](const base::Error& why) {
                   for (auto& [id, then] : std::exchange(waiting_, {}))
                     then(why);
                   on_closed_();
                 });
}

std::uint64_t VaultLink::release(const policy::RequestPermit& permit, const Turn& turn, base::TimePoint now,
                                 OnReleased then) {
  const auto& call = permit.call();
  const policy::ReleaseRequest request{
      call.id, call.session, turn.certificate.turn, call.connection, permit.scope(), wire::digest_of(permit.request()),
      now};
  const auto id = ++last_;
  waiting_.emplace(id, std::move(then));
  auto sent = channel_.send_message<seam::vault::FromBroker>(
      seam::vault::Release{id, policy::sign(request, key_), turn.token, permit.grant().consent});
  if (!sent.ok()) settle(id, sent.error());
  return id;
}

void VaultLink::took(std::string_view frame) {
  auto message = seam::decode_frame<seam::vault::ToBroker>(frame);
  if (!message.ok()) return on_closed_();
  if (auto* released = std::get_if<seam::vault::Released>(&*message)) {
    return settle(released->id, std::move(released->credential));
  }
  auto& refused = std::get<seam::vault::Refused>(*message);
  settle(refused.id, base::Error{refused.code, std::move(refused.message), ""});
}

void VaultLink::settle(std::uint64_t id, base::Result<base::Bytes> outcome) {
  auto node = waiting_.extract(id);
  if (!node.empty()) node.mapped()(std::move(outcome));
}

}  // namespace x1::broker
