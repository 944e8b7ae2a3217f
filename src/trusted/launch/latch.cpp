#include "launch/latch.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace x1::launch {

namespace asio = boost::asio;

asio::awaitable<base::Result<std::string>> Latch::wait(std::chrono::milliseconds patience) {
  if (!outcome_) {
    timer_.expires_after(patience);
    static_cast<void>(co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable)));
  }
  if (outcome_) co_return *outcome_;
  base::Error late{base::Code::timed_out, what_ + " did not come in time.", "look into the log folder of the state"};
  co_return base::Result<std::string>(std::move(late));
}

}  // namespace x1::launch
