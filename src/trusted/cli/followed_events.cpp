#include "cli/followed_events.hpp"

#include <poll.h>

namespace x1::cli {
namespace {

constexpr int retry_milliseconds = 500;

}  // namespace

base::Status FollowedEvents::reopen() {
  if (failures_ > 0) ::poll(nullptr, 0, retry_milliseconds);
  auto opened = api_.events(session_, last_);
  if (opened.ok()) {
    stream_.emplace(std::move(opened).value());
    return base::Done{};
  }
  if (++failures_ > most_retries || opened.error().code != base::Code::unavailable) return std::move(opened).error();
  return base::Done{};
}

base::Result<std::vector<Event>> FollowedEvents::read() {
  std::vector<Event> fresh;
  if (!stream_) {
    X1_TRY(tried, reopen());
    return fresh;
  }
  auto events = stream_->read();
  if (!events.ok()) {
    stream_.reset();
    const auto code = events.error().code;
    if (code == base::Code::unauthenticated) api_.forget_bearer();
    const bool may_pass = code == base::Code::unavailable || code == base::Code::unauthenticated;
    if (++failures_ > most_retries || !may_pass) return std::move(events).error();
    return fresh;
  }
  if (stream_->ended()) stream_.reset();
  for (auto& event : *events) {
    if (event.number <= last_) continue;
    last_ = event.number;
    failures_ = 0;
    fresh.push_back(std::move(event));
  }
  return fresh;
}

}  // namespace x1::cli
