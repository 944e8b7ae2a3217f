#include "broker/commit.hpp"

#include <boost/asio/post.hpp>

namespace x1::broker {
namespace {

// Nothing is done on the strength of a row that nobody waits for; it may share the next one's sync.
constexpr std::chrono::milliseconds lazy_pause{5};

}  // namespace

Commit::Commit(boost::asio::io_context& context, Journal& journal)
    : context_(context), journal_(journal), lazy_(context), alive_(std::make_shared<bool>(true)) {}

Commit::~Commit() { *alive_ = false; }

void Commit::record(audit::Entry entry, OnRecorded then) {
  const auto row = failure() ? 0 : journal_.append(std::move(entry));
  if (then) waiters_.push_back(Waiter{row, std::move(then)});
  schedule();
}

void Commit::close(audit::Entry entry, OnRecorded then) {
  record(std::move(entry), std::move(then));
  closed_ = base::Error{base::Code::unavailable, "The session's record is closed.", "Start a new session."};
}

void Commit::after_all(OnRecorded then) {
  waiters_.push_back(Waiter{journal_.seq(), std::move(then)});
  schedule();
}

// Posted, so that everything the loop has ready adds its rows first. The sync itself blocks the one thread: what
// arrives meanwhile waits in the sockets and shares the next sync, and no second thread needs waking.
void Commit::schedule() {
  if (scheduled_) return;
  scheduled_ = true;
  boost::asio::post(context_, [this, alive = alive_] {
    if (*alive) work();
  });
}

void Commit::work() {
  if (!waiters_.empty() || failure_) return flush();
  scheduled_ = false;
  if (auto written = journal_.write(); !written.ok()) {
    failure_ = written.error();
    return flush();
  }
  if (std::exchange(lazy_runs_, true)) return;
  lazy_.expires_after(lazy_pause);
  lazy_.async_wait([this, alive = alive_](boost::system::error_code) {
    if (!*alive) return;
    lazy_runs_ = false;
    if (journal_.has_unsynced()) flush();
  });
}

void Commit::fail(base::Error why) {
  if (!failure_) failure_ = std::move(why);
}

void Commit::flush() {
  scheduled_ = false;
  if (!failure_) {
    auto synced = journal_.sync();
    if (!synced.ok()) failure_ = synced.error();
  }
  const auto waiters = std::exchange(waiters_, {});
  for (const auto& waiter : waiters) {
    if (failure_ || waiter.row == 0) {
      waiter.then(*failure());
    } else {
      waiter.then(Recorded(waiter.row));
    }
  }
  if (on_synced_) on_synced_();
}

}  // namespace x1::broker
