// Uplink: carries events and audit rows to the API, in order, until it has a receipt for each. What is to be sent is
// read from the files, so that a bus that is away costs no memory; a receipt says how far the API has come, and the
// uplink goes on from there, also after a restart or a gap.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "broker/core.hpp"
#include "broker/line_file.hpp"

namespace x1::broker {

// Where one file stands: how many of its lines the API has, and where the next begins.
class Outbox {
 public:
  explicit Outbox(const LineFile& file) : file_(file) {}

  struct Batch {
    std::string text;        // whole lines, joined by '\n', without the last
    std::uint64_t last = 0;  // number of its last line
  };
  // The next lines that are durable and not acknowledged; an empty text: none.
  [[nodiscard]] base::Result<Batch> next(std::size_t max_lines, std::size_t max_bytes) const;
  // The API has everything up to that line. A lower number than before means that it lost some: they are sent again.
  // The last of those lines, or nothing when there is none.
  [[nodiscard]] base::Result<std::string> acknowledged(std::uint64_t line);
  [[nodiscard]] std::uint64_t lines() const noexcept { return lines_; }
  [[nodiscard]] bool idle() const noexcept { return offset_ >= file_.size(); }

 private:
  const LineFile& file_;
  std::uint64_t lines_ = 0;
  std::uint64_t offset_ = 0;
  std::string last_;  // the line of number lines_
};

class Uplink {
 public:
  // All must outlive it.
  Uplink(Core& core, const Journal& journal);

  // First asks the API how far it has come. `then` is called once it has acknowledged all rows that stood in the file
  // when it was opened, and each as it stands there: a file that was set back or written anew is noticed before it
  // grants anything. With an empty file there is nothing to compare, and it is called at once.
  void start(std::function<void()> then);
  // The API was started again: what is under way is sent anew, after asking how far it has come.
  void begin_again();
  // Something new was added. Calls come by the thousand: their events may wait a moment for one another.
  void on_event();
  void on_rows_synced();
  // Calls `then` once everything is acknowledged, or the time is up. What is under way is sent anew: an API that has
  // died meanwhile never answers it, and the one that took its place has to hear it soon.
  void drain(base::Duration most, std::function<void()> then);

 private:
  void send_anew();
  void ask_head();
  void send_rows();
  void send_rows_soon();
  void send_events();
  void send_events_soon();
  void rows_answered(std::uint64_t last, const base::Result<std::string>& answer);
  [[nodiscard]] base::Status take_rows_receipt(const policy::Receipt& receipt);
  void events_answered(const base::Result<std::string>& answer);
  // Asks the API, and hands on its answer, unless what was sent then has been sent anew since.
  void ask(std::string subject, std::string payload, std::function<void(const base::Result<std::string>&)> then);
  void retry(boost::asio::steady_timer& timer, void (Uplink::*what)());
  using Moment = std::chrono::steady_clock::time_point;
  void at(Moment when, boost::asio::steady_timer& timer, void (Uplink::*what)());
  void check_drained();
  [[nodiscard]] base::Result<policy::Receipt> receipt(std::string_view text, std::string_view kind) const;

  Core& core_;
  Outbox rows_;
  Outbox events_;
  boost::asio::steady_timer rows_timer_;
  boost::asio::steady_timer events_timer_;
  boost::asio::steady_timer drain_timer_;
  const std::uint64_t old_rows_;  // in the file before this boot
  std::function<void()> confirmed_;
  Moment rows_sent_;
  Moment events_sent_;
  bool rows_busy_ = false;
  bool events_busy_ = false;
  std::function<void()> drained_;
  bool draining_ = false;
  std::uint64_t times_ = 0;  // how often all was sent anew: an answer to what was asked before that is of no use
};

}  // namespace x1::broker
