#include "launch/spare.hpp"

namespace x1::launch {

namespace asio = boost::asio;

base::Result<std::unique_ptr<Spare>> Spare::begin(asio::io_context& context, const Installation& at,
                                                  sandbox::Filters& filters, std::uint32_t place) {
  auto spare = std::make_unique<Spare>();
  spare->place = place;
  const auto died = [deaths = spare->deaths](const std::string& who, int status) {
    deaths->happened = true;
    if (deaths->tell) deaths->tell(who, status);
  };
  const auto log = [&at](const std::string&) { return LogFile::open(at.layout.log("spare")); };
  X1_TRY(door_log, log("gate"));
  X1_TRY(door, Door::begin(context, at, filters, place, std::move(door_log),
                           [died](int status) { died("x1-gate", status); }));
  spare->door = std::move(door);
  X1_TRY(outward, Outward::begin(context, at, filters, place, log, died));
  spare->outward = std::move(outward);
  return spare;
}

asio::awaitable<void> Spare::end() {
  for (const auto* part : {&outward.dialer, &outward.resolver, &door.gate})
    (*part)->expect_exit();
  for (const auto* part : {&outward.dialer, &outward.resolver, &door.gate})
    co_await (*part)->end(std::chrono::milliseconds(0));
}

}  // namespace x1::launch
