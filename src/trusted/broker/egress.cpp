#include "broker/egress.hpp"

#include <boost/asio/post.hpp>

#include "broker/rows.hpp"

namespace x1::broker {
namespace {

constexpr base::Duration dial_limit = std::chrono::seconds(30);

base::Error no_longer_known() {
  return {base::Code::permission_required, "Something has entered the session since this was allowed.",
          "Call request_permission with this tool and these arguments."};
}

}  // namespace

void Egress::send(Key key, policy::RequestPermit permit, TurnPtr turn, DialerLink::OnOutcome then) {
  if (errands_.contains(key)) {
    const base::Error twice{base::Code::internal, "The same request was sent twice at once.", ""};
    return boost::asio::post(core_.context, [then = std::move(then), twice] { then(twice, false); });
  }
  auto row = rows::dialled(core_.clock.now(), *turn, permit);
  auto& errand = errands_.emplace(key, Errand{std::move(permit), std::move(turn), std::move(then)}).first->second;
  core_.record(std::move(row), std::nullopt,
               [this, key](base::Result<Recorded> result) { recorded(key, std::move(result)); });
  // What can't be recorded any more is not asked for either.
  if (core_.commit.failure()) return;
  const auto at_vault =
      vault_.release(errand.permit, *errand.turn, core_.clock.now(),
                     [this, key](base::Result<base::Bytes> credential) { released(key, std::move(credential)); });
  // A seam that is gone has answered from within the call. Nothing is settled by that: the row's answer comes later.
  if (!errand.credential) errand.at_vault = at_vault;
}

void Egress::recorded(Key key, base::Result<Recorded> row) {
  const auto found = errands_.find(key);
  if (found == errands_.end()) return;
  if (!row.ok()) return settle(key, row.error(), false);
  found->second.row.emplace(std::move(row).value());
  go_on(key, found->second);
}

void Egress::released(Key key, base::Result<base::Bytes> credential) {
  const auto found = errands_.find(key);
  if (found == errands_.end()) return;
  found->second.at_vault = 0;
  found->second.credential.emplace(std::move(credential));
  go_on(key, found->second);
}

// The row first: it comes from the loop, so that nobody is called back from within `send`.
void Egress::go_on(Key key, Errand& errand) {
  if (!errand.row || !errand.credential) return;
  if (!errand.credential->ok()) return settle(key, errand.credential->error(), false);
  // The last look: something may have entered while row and credential were on their way.
  if (!policy::may_dial(errand.permit, core_.memory.ledger.entered())) return settle(key, no_longer_known(), false);
  const auto at_dialer =
      dialer_.send(std::move(errand.permit), std::move(*errand.row), std::move(*errand.credential).value(), dial_limit,
                   [this, key](DialerLink::Outcome outcome, bool sent) { settle(key, std::move(outcome), sent); });
  if (const auto still = errands_.find(key); still != errands_.end()) still->second.at_dialer = at_dialer;
}

void Egress::settle(Key key, DialerLink::Outcome outcome, bool sent) {
  auto node = errands_.extract(key);
  if (node.empty()) return;
  if (node.mapped().at_vault != 0) vault_.forget(node.mapped().at_vault);
  node.mapped().then(std::move(outcome), sent);
}

void Egress::cancel(std::uint64_t call) {
  for (auto each = errands_.lower_bound(Key{call, 0}); each != errands_.end() && each->first.first == call;) {
    if (each->second.at_vault != 0) vault_.forget(each->second.at_vault);
    if (each->second.at_dialer != 0) dialer_.cancel(each->second.at_dialer);
    each = errands_.erase(each);
  }
}

}  // namespace x1::broker
