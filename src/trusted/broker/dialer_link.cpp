#include "broker/dialer_link.hpp"

namespace x1::broker {

using base::Code;
using base::Error;

// Whoever's connection it is says nothing to the dialer but that it is the same again. A new turn or a new grant is a
// new lane, so that nothing of the one before is left to ride on. What was allowed once has no lane: on a connection of
// its own it is never sent a second time.
std::string lane_of(const policy::RequestPermit& permit) {
  const auto& call = permit.call();
  if (!call.turn || permit.grant().lifetime == policy::Lifetime::once) return "";
  std::string all = call.session.text() + '\n' + std::to_string(static_cast<std::uint64_t>(*call.turn));
  for (const auto* part : {&call.actor.text(), &call.connection.text(), &permit.scope(), &permit.grant().id.text()})
    all.append("\n").append(*part);
  return crypto::to_hex(crypto::sha256(all));
}

DialerLink::DialerLink(boost::asio::io_context& context, os::Fd socket) : channel_(context, std::move(socket)) {}

void DialerLink::start(OnClosed on_closed) {
  on_closed_ = std::move(on_closed);
  channel_.start([this](std::string_view frame) { took(frame); },
                 [this](const Error& why) {
                   for (auto& [id, then] : std::exchange(waiting_, {}))
                     then(why, true);
                   on_closed_(why);
                 });
}

std::uint64_t DialerLink::send(policy::RequestPermit permit, Recorded /*row*/, base::Bytes sealed_credential,
                               base::Duration deadline, OnOutcome then) {
  seam::dialer::Dial dial;
  const auto id = dial.id = ++last_;
  dial.request = permit.request();
  dial.credential = std::move(sealed_credential);
  dial.lane = lane_of(permit);
  dial.max_body_bytes = permit.answer_limit();
  dial.deadline_ms = static_cast<std::uint32_t>(deadline.count());
  waiting_.emplace(id, std::move(then));
  auto sent = channel_.send_message<seam::dialer::ToDialer>(std::move(dial));
  if (!sent.ok()) settle(id, sent.error(), false);
  return id;
}

void DialerLink::cancel(std::uint64_t id) {
  if (waiting_.erase(id) == 0) return;
  // A dialer that does not hear it ends the request at its deadline.
  [[maybe_unused]] const auto told = channel_.send_message<seam::dialer::ToDialer>(seam::dialer::Cancel{id});
}

// A dialer that does not hear it closes what is idle within seconds; and a new turn or grant is another lane.
void DialerLink::hang_up() {
  [[maybe_unused]] const auto told = channel_.send_message<seam::dialer::ToDialer>(seam::dialer::HangUp{});
}

void DialerLink::took(std::string_view frame) {
  auto message = seam::decode_frame<seam::dialer::FromDialer>(frame);
  if (!message.ok()) return on_closed_(message.error());
  if (auto* answer = std::get_if<seam::dialer::Answer>(&*message)) {
    const auto id = answer->id;
    return settle(id, std::move(*answer), true);
  }
  auto& failed = std::get<seam::dialer::Failed>(*message);
  settle(failed.id, Error{failed.code, std::move(failed.message), ""}, failed.sent);
}

void DialerLink::settle(std::uint64_t id, Outcome outcome, bool sent) {
  auto node = waiting_.extract(id);
  if (!node.empty()) node.mapped()(std::move(outcome), sent);
}

}  // namespace x1::broker
