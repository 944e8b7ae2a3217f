// Session: another sidecar under the same agent, after a part of the one before has died. The agent can do nothing
// meanwhile: it is alone in its network, and nobody takes what it sends to the socket, which is kept here for the gate
// that follows. It is the same person's agent in the same turn, so neither is begun anew; the new broker gets a
// certificate of its own for that turn, and knows questions and grants from the record.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "launch/blame.hpp"
#include "launch/session.hpp"
#include "seam/ending.hpp"

namespace x1::launch {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using base::Code;
using base::Error;

namespace {

constexpr auto resume_patience = 20s;
// An API that is being started again meanwhile answers when it is there.
constexpr auto api_patience = 60s;
// Each crash may be one more try of an agent that has found a hole.
constexpr std::size_t most_sidecars = 20;

bool lives(const std::unique_ptr<Child>& child) { return child && child->alive(); }

bool by_itself(int status) { return !was_killed(status) && status != seam::exit_cut_off; }

}  // namespace

void Session::sidecar_died(const std::string& who, int status) {
  // Its neighbours follow; while it is ended or started, who waits for them hears of it.
  if (stopping_ || resuming_) {
    if (resuming_) give_up(Error{Code::unavailable, who + " ended.", ""});
    if (!stopping_ && !lost_.empty() && was_killed(status)) blame(who);
    return;
  }
  if (!booted_ || (who == "x1-sidecar" && by_itself(status))) return broken(who, status);
  part_died(who, status);
  resuming_ = std::make_shared<Latch>(context_, "the sidecar's restart");
  lost_ = who;
  // stop() waits for it, so this outlives no member.
  asio::co_spawn(context_, resume(status), [this](std::exception_ptr failed) {
    std::exchange(resuming_, nullptr)->set(std::string());
    if (failed) broken("the sidecar's restart", 255);
  });
}

void Session::resume_with(std::string sidecar_credentials) {
  if (credentials_) credentials_->set(std::move(sidecar_credentials));
}

// The one that was killed: the others followed it, and may have been heard of before.
void Session::blame(const std::string& who) {
  lost_ = who;
  blaming_.cancel();
}

asio::awaitable<void> Session::resume(int status) {
  if (!was_killed(status)) {
    blaming_.expires_after(blame_patience);
    static_cast<void>(co_await blaming_.async_wait(asio::as_tuple(asio::use_awaitable)));
  }
  const auto part = std::exchange(lost_, {});
  // It ends without an agent then, and where it was over already the next broker asks for another.
  while (const auto under_way = replacement_)
    static_cast<void>(co_await under_way->wait(replacement_patience));
  if (stopping_) co_return;
  if (!co_await end_sidecar()) co_return not_resumable(part);
  // Whoever stops the session answers a question that is there, not one that comes after.
  if (stopping_) co_return;
  credentials_ = std::make_unique<Latch>(context_, "the API's answer");
  callbacks_.on_sidecar_lost(part);
  const auto credentials = co_await credentials_->wait(api_patience);
  credentials_.reset();
  while (!stopping_) {
    if (!credentials.ok()) co_return end_for(part + " ended, and the API did not say how to go on");
    if (!restarts_.allow(std::chrono::steady_clock::now()) || ++sidecars_ > most_sidecars) {
      co_return end_for(part + " ended too often");
    }
    auto boot_key = co_await start_sidecar(*credentials);
    if (stopping_) co_return;
    if (boot_key.ok() && sidecar_lives()) {
      journal_.info("session.resumed", {{"session", facts_.id}, {"part", part}});
      co_return callbacks_.on_resumed(std::move(*boot_key));
    }
    const Error died{Code::unavailable, "A part of the new sidecar ended at once.", ""};
    journal_.error("session.not_resumed", boot_key.ok() ? died : boot_key.error());
    if (!co_await end_sidecar()) co_return not_resumable(part);
  }
}

bool Session::sidecar_lives() const {
  return lives(broker_) && lives(door_.gate) && lives(outward_.dialer) && lives(outward_.resolver);
}

void Session::not_resumable(const std::string& part) {
  if (broker_status_ && by_itself(*broker_status_)) return broken("x1-sidecar", *broker_status_);
  end_for(part + " ended, and what was beside it could not be ended");
}

void Session::end_for(std::string reason) {
  if (stopping_) return;
  stopping_ = true;
  agent_.reset();
  callbacks_.on_broken(std::move(reason));
}

asio::awaitable<bool> Session::end_sidecar() {
  for (const auto* child : {&door_.gate, &outward_.dialer, &outward_.resolver}) {
    if (*child) (*child)->kill();
  }
  // It notes what broke off, and ends; it must have ended before another opens the record.
  if (broker_) {
    const auto deadline = std::chrono::steady_clock::now() + seam::cut_off_patience;
    while (broker_->alive() && std::chrono::steady_clock::now() < deadline)
      co_await broker_->ended(seam::cut_off_patience);
    co_await broker_->end(0ms);
  }
  for (const auto* child : {&door_.gate, &outward_.dialer, &outward_.resolver}) {
    if (*child) co_await (*child)->end(0ms);
  }
  // Two sidecars of one session there never are.
  const bool gone = !lives(broker_) && !lives(door_.gate) && !lives(outward_.dialer) && !lives(outward_.resolver);
  const bool resumable = gone && (!broker_status_ || !by_itself(*broker_status_));
  from_broker_.reset();
  to_broker_ = os::Fd();
  broker_.reset();
  callbacks_.on_broker_gone();
  outward_ = Outward();
  door_.gate.reset();
  dialer_key_.clear();
  co_return resumable;
}

asio::awaitable<base::Result<std::string>> Session::start_sidecar(std::string credentials) {
  const auto died = [this](const std::string& who, int status) { sidecar_died(who, status); };
  const auto log = [this](const std::string& name) { return LogFile::open(layout_.log(name), max_agent_log_bytes); };
  auto gate_log = log("gate");
  if (!gate_log.ok()) co_return std::move(gate_log).error();
  const auto gate_died = [died](int status) { died("x1-gate", status); };
  base::Status done = base::Done{};
  if (agent_) {
    done = door_.reopen(context_, at_, filters_, facts_.place, std::move(*gate_log), gate_died);
  } else {
    auto door = Door::begin(context_, at_, filters_, facts_.place, std::move(*gate_log), gate_died);
    if (!door.ok()) co_return std::move(door).error();
    door_ = std::move(*door);
  }
  if (!done.ok()) co_return std::move(done).error();
  auto outward = Outward::begin(context_, at_, filters_, facts_.place, log, died);
  if (!outward.ok()) co_return std::move(outward).error();
  outward_ = std::move(*outward);
  // No key is read before gate runs.
  done = co_await all_run();
  if (done.ok()) done = co_await know_dialer();
  if (done.ok()) done = wanted();
  if (done.ok() && !agent_) done = begin_agent();
  if (done.ok()) done = begin_broker(credentials);
  if (!done.ok()) co_return std::move(done).error();
  auto boot_key = co_await broker_ready_->wait(resume_patience);
  done = co_await all_run();
  if (done.ok()) done = wanted();
  if (!done.ok()) co_return std::move(done).error();
  co_return boot_key;
}

}  // namespace x1::launch
