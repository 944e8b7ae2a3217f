// Commit: group commit over the journal. Rows that are recorded while the loop has other work share one fdatasync, and
// whoever waits for a row is told when it is durable. A row that nobody waits for is written at once, and becomes
// durable with the next one that somebody waits for, or after a few milliseconds. The proof of that is a `Recorded`:
// the dialer's link takes one, so that nothing can be sent before its row stands on the disk.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "broker/journal.hpp"

namespace x1::broker {

// Proof that a row is durable. Only Commit makes one.
class Recorded {
 public:
  Recorded(Recorded&&) noexcept = default;
  Recorded& operator=(Recorded&&) noexcept = default;
  Recorded(const Recorded&) = delete;
  Recorded& operator=(const Recorded&) = delete;
  [[nodiscard]] std::uint64_t row() const noexcept { return row_; }

 private:
  friend class Commit;
  explicit Recorded(std::uint64_t row) : row_(row) {}
  std::uint64_t row_;
};

class Commit {
 public:
  using OnRecorded = std::function<void(base::Result<Recorded>)>;
  // Called after each sync that made rows durable.
  using OnSynced = std::function<void()>;

  // Both must outlive it.
  Commit(boost::asio::io_context& context, Journal& journal);
  Commit(const Commit&) = delete;
  Commit& operator=(const Commit&) = delete;
  ~Commit();

  void on_synced(OnSynced call) { on_synced_ = std::move(call); }

  // Records one row. `then` hears of it from the loop, never from within this call.
  void record(audit::Entry entry, OnRecorded then = {});
  // The last row of this broker: whatever is recorded after it is refused, since nothing may stand behind it.
  void close(audit::Entry entry, OnRecorded then);
  // Tells when everything recorded so far is durable, without a row of its own.
  void after_all(OnRecorded then);
  // Syncs at once what waits; for the end of the process.
  void flush();

  // The record can't be trusted any more, for another reason than a sync: from here on everything is refused.
  void fail(base::Error why);
  // Set after the first failure, or after the last row, for ever: what can't be recorded isn't done.
  [[nodiscard]] const std::optional<base::Error>& failure() const noexcept { return failure_ ? failure_ : closed_; }

 private:
  struct Waiter {
    std::uint64_t row;  // 0: it was not taken
    OnRecorded then;
  };
  void schedule();
  void work();

  boost::asio::io_context& context_;
  Journal& journal_;
  std::vector<Waiter> waiters_;
  OnSynced on_synced_;
  std::optional<base::Error> failure_;
  std::optional<base::Error> closed_;
  bool scheduled_ = false;
  boost::asio::steady_timer lazy_;  // until what nobody waits for is synced
  bool lazy_runs_ = false;
  std::shared_ptr<bool> alive_;  // shared with the posted flush, which may run after the Commit ended
};

}  // namespace x1::broker
