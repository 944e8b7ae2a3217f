#include "dialer/names.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "policy/address.hpp"
#include "seam/dialer.hpp"

namespace x1::dialer {

namespace asio = boost::asio;
using seam::dialer::FromResolver;
using seam::dialer::ToResolver;

Names::Names(asio::io_context& context, os::Fd resolver) : context_(context), resolver_(context, std::move(resolver)) {
  resolver_.start([this](std::string_view frame) { on_frame(frame); }, [this](const base::Error&) { lost(); });
}

void Names::on_frame(std::string_view frame) {
  auto message = seam::decode_frame<FromResolver>(frame);
  if (!message.ok()) return lost();
  auto& found = std::get<seam::dialer::Found>(*message);
  const auto asked = waiting_.find(found.id);
  if (asked == waiting_.end()) return;
  asked->second->addresses = std::move(found.addresses);
  asked->second->until.cancel();
}

// Whoever waits learns of no address.
void Names::lost() {
  for (const auto& [id, waiting] : waiting_)
    waiting->until.cancel();
}

asio::awaitable<std::vector<std::string>> Names::lookup(std::string host) {
  std::vector<std::string> addresses;
  if (policy::parse_address(host).ok()) {
    addresses.push_back(std::move(host));
    co_return addresses;
  }
  if (waiting_.size() >= max_waiting) co_return addresses;
  const auto id = ++last_;
  Waiting waiting{.until = asio::steady_timer(context_, patience), .addresses = {}};
  if (!resolver_.send_message<ToResolver>(seam::dialer::Lookup{id, std::move(host)}).ok()) co_return addresses;
  waiting_.emplace(id, &waiting);
  (void)co_await waiting.until.async_wait(asio::as_tuple(asio::use_awaitable));
  waiting_.erase(id);
  addresses = std::move(waiting.addresses);
  co_return addresses;
}

}  // namespace x1::dialer
