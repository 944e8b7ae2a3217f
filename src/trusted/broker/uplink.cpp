#include "broker/uplink.hpp"

#include <algorithm>

#include "broker/subjects.hpp"

namespace x1::broker {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t max_rows_in_a_batch = 256;
constexpr std::size_t max_events_in_a_batch = policy::max_refusals;
constexpr std::size_t max_batch_bytes = 256 * 1024;
constexpr base::Duration answer_limit = std::chrono::seconds(5);
constexpr base::Duration retry_pause = std::chrono::milliseconds(500);
// While the session ends, every answer is worth little time: an API that is there has it within milliseconds.
constexpr base::Duration last_answer_limit = std::chrono::milliseconds(400);
constexpr base::Duration last_retry_pause = std::chrono::milliseconds(50);
constexpr base::Duration gathering = std::chrono::milliseconds(20);

}  // namespace

base::Result<Outbox::Batch> Outbox::next(std::size_t max_lines, std::size_t max_bytes) const {
  X1_TRY(text, file_.read(offset_, max_bytes));
  std::size_t end = 0;
  std::uint64_t count = 0;
  while (count < max_lines && end < text.size()) {
    end = text.find('\n', end) + 1;
    ++count;
  }
  Batch batch;
  if (count == 0) return batch;
  text.resize(end - 1);
  batch.text = std::move(text);
  batch.last = lines_ + count;
  return batch;
}

base::Result<std::string> Outbox::acknowledged(std::uint64_t line) {
  if (line == lines_) return last_;
  if (line < lines_) {
    lines_ = offset_ = 0;
    last_.clear();
  }
  while (lines_ < line) {
    X1_TRY(text, file_.read(offset_, max_batch_bytes));
    if (text.empty()) return Error{Code::conflict, "The API has more than the session's record holds.", ""};
    std::size_t end = 0;
    for (; lines_ < line && end < text.size(); ++lines_) {
      const auto begin = std::exchange(end, text.find('\n', end) + 1);
      if (lines_ + 1 == line) last_ = text.substr(begin, end - 1 - begin);
    }
    offset_ += end;
  }
  return last_;
}

Uplink::Uplink(Core& core, const Journal& journal)
    : core_(core),
      rows_(journal.file()),
      events_(core.events.file()),
      rows_timer_(core.context),
      events_timer_(core.context),
      drain_timer_(core.context),
      old_rows_(journal.seq()) {}

void Uplink::start(std::function<void()> then) {
  confirmed_ = std::move(then);
  if (old_rows_ == 0) std::exchange(confirmed_, {})();
  ask_head();
  send_events();
}

// No rows at all: the receipt for them says what the API has.
void Uplink::ask_head() {
  rows_busy_ = true;
  ask(subject::audit(core_.session), "", [this](const base::Result<std::string>& answer) {
    const auto got = answer.ok() ? receipt(*answer, "audit") : base::Result<policy::Receipt>(answer.error());
    if (!got.ok()) return retry(rows_timer_, &Uplink::ask_head);
    if (take_rows_receipt(*got).ok()) send_rows();
  });
}

// Each message costs the API a signature and a flush of its disk: after one has gone, what follows within a few
// milliseconds goes together.
void Uplink::on_rows_synced() {
  if (!rows_busy_) send_rows_soon();
}

void Uplink::send_rows_soon() {
  rows_busy_ = true;
  at(rows_sent_ + gathering, rows_timer_, &Uplink::send_rows);
}

// Events need no row's durability, but their own: a number must never be given twice.
void Uplink::on_event() {
  if (!events_busy_) send_events_soon();
}

void Uplink::send_events_soon() {
  events_busy_ = true;
  at(events_sent_ + gathering, events_timer_, &Uplink::send_events);
}

base::Result<policy::Receipt> Uplink::receipt(std::string_view text, std::string_view kind) const {
  X1_TRY(receipt, policy::verify_receipt(text, core_.api_keys, core_.clock.now()));
  if (receipt.session != core_.session || receipt.kind != kind) {
    return Error{Code::invalid_token, "The receipt is for something else.", ""};
  }
  return receipt;
}

void Uplink::ask(std::string subject, std::string payload, std::function<void(const base::Result<std::string>&)> then) {
  core_.bus.request(std::move(subject), std::move(payload), draining_ ? last_answer_limit : answer_limit,
                    [this, then = std::move(then), times = times_](const base::Result<std::string>& answer) {
                      if (times == times_) then(answer);
                    });
}

void Uplink::retry(boost::asio::steady_timer& timer, void (Uplink::*what)()) {
  at(std::chrono::steady_clock::now() + (draining_ ? last_retry_pause : retry_pause), timer, what);
}

void Uplink::at(Moment when, boost::asio::steady_timer& timer, void (Uplink::*what)()) {
  timer.expires_at(when);
  timer.async_wait([this, what](boost::system::error_code cancelled) {
    if (!cancelled) (this->*what)();
  });
}

void Uplink::send_rows() {
  rows_busy_ = false;
  auto batch = rows_.next(max_rows_in_a_batch, max_batch_bytes);
  if (!batch.ok()) return core_.log.error("uplink.rows", batch.error());
  if (batch->text.empty()) return check_drained();
  rows_busy_ = true;
  rows_sent_ = std::chrono::steady_clock::now();
  ask(subject::audit(core_.session), std::move(batch->text),
      [this, number = batch->last](const base::Result<std::string>& answer) { rows_answered(number, answer); });
}

void Uplink::rows_answered(std::uint64_t last, const base::Result<std::string>& answer) {
  if (!answer.ok()) return retry(rows_timer_, &Uplink::send_rows);
  const auto got = receipt(*answer, "audit");
  if (!got.ok()) {
    core_.log.error("uplink.receipt", got.error());
    return retry(rows_timer_, &Uplink::send_rows);
  }
  if (!take_rows_receipt(*got).ok()) return;
  // It took less than was sent: it says why in its log, and time may help.
  if (got->seq < last) return retry(rows_timer_, &Uplink::send_rows);
  send_rows_soon();
}

// The API keeps what it has seen: if its row of that number is not ours, one of the two records was changed.
base::Status Uplink::take_rows_receipt(const policy::Receipt& receipt) {
  const auto ours = rows_.acknowledged(receipt.seq);
  base::Status holds = base::Done{};
  if (!ours.ok()) {
    holds = Error{Code::storage_failed, "The session's record was set back: the API knows more of it.",
                  "Keep the session's files for the inquiry, and start a new session."};
  } else if (receipt.seq > 0) {
    const auto row = audit::decode_line(*ours);
    if (!row.ok() || row->hash != receipt.head) {
      holds = Error{Code::storage_failed, "The session's record is not the one that the API knows.",
                    "Keep the session's files for the inquiry, and start a new session."};
    }
  }
  if (!holds.ok()) {
    core_.log.error("uplink.rows", holds.error());
    core_.commit.fail(holds.error());
  } else if (confirmed_ && rows_.lines() >= old_rows_) {
    std::exchange(confirmed_, {})();
  }
  return holds;
}

void Uplink::send_events() {
  events_busy_ = false;
  if (auto synced = core_.events.sync(); !synced.ok()) return core_.commit.fail(synced.error());
  auto batch = events_.next(max_events_in_a_batch, max_batch_bytes);
  if (!batch.ok()) return core_.log.error("uplink.events", batch.error());
  if (batch->text.empty()) return check_drained();
  events_busy_ = true;
  events_sent_ = std::chrono::steady_clock::now();
  ask(subject::event(core_.session), std::move(batch->text),
      [this](const base::Result<std::string>& answer) { events_answered(answer); });
}

void Uplink::events_answered(const base::Result<std::string>& answer) {
  if (!answer.ok()) return retry(events_timer_, &Uplink::send_events);
  const auto got = receipt(*answer, "event");
  if (!got.ok()) {
    core_.log.error("uplink.receipt", got.error());
    return retry(events_timer_, &Uplink::send_events);
  }
  if (const auto moved = events_.acknowledged(got->seq); !moved.ok()) {
    core_.log.error("uplink.events", moved.error());
    return core_.commit.fail(moved.error());
  }
  core_.events_taken(got->seq, got->refused);
  send_events_soon();
}

void Uplink::drain(base::Duration most, std::function<void()> then) {
  drained_ = std::move(then);
  drain_timer_.expires_after(most);
  drain_timer_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled && drained_) std::exchange(drained_, {})();
  });
  draining_ = true;
  send_anew();
  send_rows();
  send_events();
}

void Uplink::begin_again() {
  send_anew();
  ask_head();
  send_events();
}

void Uplink::send_anew() {
  ++times_;
  rows_timer_.cancel();
  events_timer_.cancel();
  rows_busy_ = events_busy_ = true;  // neither is through before it says so
}

void Uplink::check_drained() {
  if (!drained_ || rows_busy_ || events_busy_ || !rows_.idle() || !events_.idle()) return;
  drain_timer_.cancel();
  std::exchange(drained_, {})();
}

}  // namespace x1::broker
