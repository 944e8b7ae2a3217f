#include "broker/uplink.hpp"

#include <algorithm>

#include "broker/subjects.hpp"

namespace x1::broker {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t max_rows_in_a_batch = 256;
constexpr std::size_t max_batch_bytes = 256 * 1024;
constexpr base::Duration answer_limit = std::chrono::seconds(5);
constexpr base::Duration retry_pause = std::chrono::milliseconds(500);
constexpr base::Duration event_pause = std::chrono::milliseconds(10);

}  // namespace

base::Result<Outbox::Batch> Outbox::next(std::size_t max_lines, std::size_t max_bytes) const {
  X1_TRY(text, file_.read(offset_, max_bytes));
  std::size_t end = 0;
  std::uint64_t count = 0;
  std::size_t last_begin = 0;
  while (count < max_lines && end < text.size()) {
    last_begin = end;
    end = text.find('\n', end) + 1;
    ++count;
  }
  Batch batch;
  if (count == 0) return batch;
  text.resize(end - 1);
  batch.text = std::move(text);
  batch.last = lines_ + count;
  batch.last_begin = last_begin;
  return batch;
}

base::Status Outbox::acknowledged(std::uint64_t line) {
  if (line < lines_) lines_ = offset_ = 0;
  while (lines_ < line) {
    X1_TRY(text, file_.read(offset_, max_batch_bytes));
    if (text.empty()) return Error{Code::conflict, "The API has more than the session's record holds.", ""};
    std::size_t end = 0;
    for (; lines_ < line && end < text.size(); ++lines_)
      end = text.find('\n', end) + 1;
    offset_ += end;
  }
  return base::Done{};
}

Uplink::Uplink(Core& core, const Journal& journal)
    : core_(core),
      rows_(journal.file()),
      events_(core.events.file()),
      rows_timer_(core.context),
      events_timer_(core.context),
      drain_timer_(core.context) {}

void Uplink::start() {
  send_rows();
  send_event();
}

void Uplink::on_rows_synced() {
  if (!rows_busy_) send_rows();
}

// Events need no row's durability, but their own: a number must never be given twice. That sync waits a little, so
// that a busy agent's events share it.
void Uplink::on_event() {
  if (events_busy_) return;
  events_busy_ = true;
  events_timer_.expires_after(event_pause);
  events_timer_.async_wait([this](boost::system::error_code cancelled) {
    if (cancelled) return;
    events_busy_ = false;
    send_event();
  });
}

base::Result<policy::Receipt> Uplink::receipt(std::string_view text, std::string_view kind) const {
  X1_TRY(receipt, policy::verify_receipt(text, core_.api_keys));
  if (receipt.session != core_.session || receipt.kind != kind) {
    return Error{Code::invalid_token, "The receipt is for something else.", ""};
  }
  return receipt;
}

void Uplink::retry(boost::asio::steady_timer& timer, void (Uplink::*what)()) {
  timer.expires_after(retry_pause);
  timer.async_wait([this, what](boost::system::error_code cancelled) {
    if (!cancelled) (this->*what)();
  });
}

void Uplink::send_rows() {
  rows_busy_ = false;
  auto batch = rows_.next(max_rows_in_a_batch, max_batch_bytes);
  if (!batch.ok()) return core_.log.error("uplink.rows", batch.error());
  if (batch->text.empty()) return check_drained();
  const auto last = audit::decode_line(batch->last_line());
  if (!last.ok()) return core_.log.error("uplink.rows", last.error());
  rows_busy_ = true;
  core_.bus.request(subject::audit(core_.session), std::move(batch->text), answer_limit,
                    [this, number = batch->last, hash = last->hash](const base::Result<std::string>& answer) {
                      rows_answered(number, hash, answer);
                    });
}

void Uplink::rows_answered(std::uint64_t last, const crypto::Digest& hash, const base::Result<std::string>& answer) {
  if (!answer.ok()) return retry(rows_timer_, &Uplink::send_rows);
  const auto got = receipt(*answer, "audit");
  if (!got.ok()) {
    core_.log.error("uplink.receipt", got.error());
    return retry(rows_timer_, &Uplink::send_rows);
  }
  // The API keeps what it has seen: if its row of this number is another, one of the two records was changed.
  const bool same = got->seq != last || got->head == hash;
  auto moved = same ? rows_.acknowledged(got->seq)
                    : base::Status(Error{Code::storage_failed, "The API's record of the session is another.", ""});
  if (!moved.ok()) {
    core_.log.error("uplink.rows", moved.error());
    return core_.commit.fail(moved.error());
  }
  // It took less than was sent: it says why in its log, and time may help.
  if (got->seq < last) return retry(rows_timer_, &Uplink::send_rows);
  send_rows();
}

void Uplink::send_event() {
  events_busy_ = false;
  if (auto synced = core_.events.sync(); !synced.ok()) return core_.commit.fail(synced.error());
  auto batch = events_.next(1, max_batch_bytes);
  if (!batch.ok()) return core_.log.error("uplink.events", batch.error());
  if (batch->text.empty()) return check_drained();
  events_busy_ = true;
  core_.bus.request(subject::event(core_.session), std::move(batch->text), answer_limit,
                    [this](const base::Result<std::string>& answer) { event_answered(answer); });
}

void Uplink::event_answered(const base::Result<std::string>& answer) {
  if (!answer.ok()) return retry(events_timer_, &Uplink::send_event);
  const auto got = receipt(*answer, "event");
  if (!got.ok()) {
    core_.log.error("uplink.receipt", got.error());
    return retry(events_timer_, &Uplink::send_event);
  }
  if (const auto moved = events_.acknowledged(got->seq); !moved.ok()) {
    core_.log.error("uplink.events", moved.error());
    return core_.commit.fail(moved.error());
  }
  send_event();
}

void Uplink::drain(base::Duration most, std::function<void()> then) {
  drained_ = std::move(then);
  drain_timer_.expires_after(most);
  drain_timer_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled && drained_) std::exchange(drained_, {})();
  });
  if (!events_busy_) send_event();
  check_drained();
}

void Uplink::check_drained() {
  if (!drained_ || rows_busy_ || events_busy_ || !rows_.idle() || !events_.idle()) return;
  drain_timer_.cancel();
  std::exchange(drained_, {})();
}

}  // namespace x1::broker
