#include "cli/run_loop.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <ostream>

#include "cli/approve.hpp"
#include "cli/event_text.hpp"
#include "cli/rows.hpp"
#include "os/system_clock.hpp"
#include "policy/dialog.hpp"

namespace x1::cli {
namespace {

constexpr std::size_t max_typed_bytes = 64 * 1024;
constexpr int tick_milliseconds = 1000;
constexpr int most_last_pages = 64;

sigset_t watched() noexcept {
  sigset_t set{};
  ::sigemptyset(&set);
  for (const int signal : {SIGWINCH, SIGTERM, SIGHUP, SIGINT})
    ::sigaddset(&set, signal);
  return set;
}

os::Fd watch_signals() {
  const auto set = watched();
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  return os::Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

// The id of the challenge that an event is about.
std::string challenge_of(const Event& event) {
  const auto* id = event.payload.find_string("challenge");
  return id == nullptr ? std::string() : *id;
}

}  // namespace

RunLoop::RunLoop(const Context& context, std::string session, os::Fd agent, std::optional<Terminal>& terminal,
                 std::vector<policy::Manifest> manifests)
    : context_(context),
      session_(session),
      agent_(std::move(agent)),
      terminal_(terminal),
      manifests_(std::move(manifests)),
      events_(context.api(), std::move(session)),
      signals_(watch_signals()) {}

base::Result<RunEnd> RunLoop::run() {
  if (terminal_) terminal_->raw();
  match_size();
  base::Status went = base::Done{};
  // After the agent's end its last words may still be in the terminal's buffer: they are shown, then it hangs up.
  while (went.ok() && !over_ && !stopped_ && !(end_.status && !agent_open_)) {
    went = turn_of_loop(end_.status ? 200 : tick_milliseconds);
    while (went.ok() && !questions_.empty() && terminal_ && !over_ && !stopped_) {
      const auto question = std::move(questions_.front());
      questions_.pop_front();
      if (waits(question)) went = ask(question);
    }
  }
  show_last_words();
  if (terminal_) {
    write_all(STDOUT_FILENO, filter_.leave());
    terminal_->cooked();
  }
  // What comes next are questions to the person, who may want to break them off.
  const auto set = watched();
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
  if (!went.ok()) return std::move(went).error();
  return end_;
}

void RunLoop::wait_for_turn(int seconds) { take_events_until(turn_closed_, seconds); }
void RunLoop::wait_for_end(int seconds) { take_events_until(over_, seconds); }

void RunLoop::take_events_until(const bool& done, int seconds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (!done && !over_ && std::chrono::steady_clock::now() < until) {
    pollfd waiting{.fd = events_.descriptor(), .events = POLLIN, .revents = 0};
    if (waiting.fd >= 0 && ::poll(&waiting, 1, tick_milliseconds) <= 0) continue;
    if (!take_events().ok()) return;
  }
}

base::Status RunLoop::turn_of_loop(int wait_milliseconds) {
  const auto want = [](bool wanted, int fd) { return wanted ? fd : -1; };
  std::array<pollfd, 4> all{pollfd{want(agent_open_, agent_.get()), POLLIN, 0},
                            pollfd{want(input_open_ && typed_.size() < max_typed_bytes, STDIN_FILENO), POLLIN, 0},
                            pollfd{events_.descriptor(), POLLIN, 0}, pollfd{signals_.get(), POLLIN, 0}};
  if (!typed_.empty() && agent_open_) all[0].events = POLLIN | POLLOUT;
  const bool no_stream = events_.descriptor() < 0;
  if (::poll(all.data(), all.size(), no_stream ? 0 : wait_milliseconds) < 0 && errno != EINTR) {
    return base::Error{base::Code::internal, "Waiting for the terminal failed.", ""};
  }
  if (no_stream || all[2].revents != 0) {
    X1_TRY(taken, take_events());
  }
  if ((all[3].revents & POLLIN) != 0) {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      if (info.ssi_signo == SIGWINCH) {
        match_size();
      } else {
        stopped_ = true;
        end_.reason = "interrupted";
      }
    }
  }
  if (!questions_.empty() && terminal_) return base::Done{};  // the agent waits until the person has answered
  if ((all[1].revents & (POLLIN | POLLHUP)) != 0) take_input();
  if ((all[0].revents & POLLOUT) != 0) feed_agent();
  if ((all[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
    show_agent();
  } else if (end_.status) {
    agent_open_ = false;  // ended and silent: nothing more comes
  }
  return base::Done{};
}

void RunLoop::show_agent() {
  std::array<char, 16 * 1024> buffer{};
  const auto got = ::read(agent_.get(), buffer.data(), buffer.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    // EIO: nobody holds the agent's side. Before its start that is so, too; then the supervisor still has it.
    agent_open_ = false;
    return;
  }
  const auto shown = filter_.feed({buffer.data(), static_cast<std::size_t>(got)});
  if (!context_.json && !write_all(STDOUT_FILENO, shown)) stopped_ = true;
}

// The session may be over before everything that its agent wrote was read. A terminal holds a few pages at most.
void RunLoop::show_last_words() {
  for (int page = 0; page < most_last_pages && agent_open_ && !stopped_; ++page) {
    pollfd waiting{.fd = agent_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, 0) <= 0) return;
    show_agent();
  }
}

void RunLoop::take_input() {
  std::array<char, 4096> buffer{};
  const auto got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
  if (got < 0 && errno == EINTR) return;
  if (got <= 0) {
    input_open_ = false;
    typed_.push_back('\x04');  // end of input, as a terminal says it
    return feed_agent();
  }
  const std::string_view keys(buffer.data(), static_cast<std::size_t>(got));
  if (terminal_ && keys.find(static_cast<char>(own_key)) != std::string_view::npos) return offer_to_end();
  typed_.append(keys);
  feed_agent();
}

void RunLoop::feed_agent() {
  if (!agent_open_) return typed_.clear();
  const auto wrote = ::write(agent_.get(), typed_.data(), typed_.size());
  if (wrote > 0) typed_.erase(0, static_cast<std::size_t>(wrote));
}

base::Status RunLoop::take_events() {
  X1_TRY(events, events_.read());
  for (const auto& event : events) {
    if (context_.json) context_.out << to_json_line(event) << std::flush;
    take(event);
  }
  return base::Done{};
}

void RunLoop::take(const Event& event) {
  if (event.type == "consent.asked") {
    auto question = question_from(event.payload, manifests_);
    if (question.ok()) {
      add(std::move(question).value());
    } else {
      context_.err << "x1: a question was not shown: " << explained(question.error()) << "\r\n";
    }
  } else if (event.type == "consent.granted" || event.type == "consent.denied") {
    decided_.push_back(challenge_of(event));
  } else if (event.type == "agent.exited") {
    const auto* status = event.payload.find_integer("status");
    end_.status = status == nullptr ? 1 : static_cast<int>(*status);
    turn_closed_ = event.turn == 0;
  } else if (event.type == "turn.closed") {
    turn_closed_ = true;
  } else if (event.type == "session.ended") {
    const auto* reason = event.payload.find_string("reason");
    end_.reason = reason == nullptr ? "" : *reason;
    over_ = true;
  }
}

// A broker that was started again asks once more what waits.
void RunLoop::add(Question question) {
  const auto same = [&](const Question& each) { return each.challenge.id == question.challenge.id; };
  if (asking_ == question.challenge.id.text() || std::ranges::any_of(questions_, same)) return;
  questions_.push_back(std::move(question));
}

void RunLoop::begin_own_words() {
  write_all(STDOUT_FILENO, filter_.leave());
  terminal_->cooked();
  typed_.clear();
  flush_typed();
}

void RunLoop::end_own_words() {
  flush_typed();
  terminal_->raw();
  write_all(STDOUT_FILENO, filter_.resume());
  if (!filter_.on_alternate_screen()) return;
  // A changed size and back: what every full-screen program answers by drawing itself again.
  auto size = terminal_->size();
  size.ws_row = static_cast<unsigned short>(size.ws_row > 1 ? size.ws_row - 1 : 2);
  ::ioctl(agent_.get(), TIOCSWINSZ, &size);
  match_size();
}

base::Status RunLoop::ask(const Question& question) {
  begin_own_words();
  write_all(STDOUT_FILENO, "──── x1 asks you; nothing of the agent is shown until you have answered ────\n");
  write_all(STDOUT_FILENO, in_rows(question.text, terminal_->size().ws_col));
  write_all(STDOUT_FILENO, "\n");
  // Whatever was typed before the choices stand there is no answer to them.
  settle_typed();
  write_all(STDOUT_FILENO, choices(question));
  asking_ = question.challenge.id.text();
  const auto answer = wait_for_answer(question);
  asking_.clear();
  if (answer) {
    const auto sent = send_answer(context_.api(), question, *answer);
    write_all(STDOUT_FILENO, "x1 · " + (sent.ok() ? outcome_of(*answer) : explained(sent.error())) + "\n");
    if (!sent.ok() && still_waits_after(sent.error().code)) questions_.push_front(question);
  } else {
    const bool expired = has_expired(question, os::SystemClock().now());
    write_all(STDOUT_FILENO, "\nx1 · " + std::string(expired ? expired_words : "the question is over") + "\n");
  }
  end_own_words();
  return base::Done{};
}

bool RunLoop::waits(const Question& question) const {
  return std::ranges::find(decided_, question.challenge.id.text()) == decided_.end() &&
         !has_expired(question, os::SystemClock().now());
}

// The person's answer, or nothing when the question was answered elsewhere or has expired, or its session ended.
std::optional<Answer> RunLoop::wait_for_answer(const Question& question) {
  while (!over_ && !stopped_ && waits(question)) {
    std::array<pollfd, 3> all{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{events_.descriptor(), POLLIN, 0},
                              pollfd{signals_.get(), POLLIN, 0}};
    if (::poll(all.data(), all.size(), tick_milliseconds) < 0 && errno != EINTR) return std::nullopt;
    if ((all[1].revents != 0 || all[1].fd < 0) && !take_events().ok()) return std::nullopt;
    if ((all[2].revents & POLLIN) != 0) {
      signalfd_siginfo info{};
      while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info))
        stopped_ = stopped_ || info.ssi_signo != SIGWINCH;
    }
    if (all[0].revents == 0) continue;
    const auto line = read_line();
    if (!line) return std::nullopt;
    if (const auto answer = answer_from(*line, os::SystemClock().now(), question.challenge.choices)) return answer;
    write_all(STDOUT_FILENO, choices(question));
  }
  return std::nullopt;
}

void RunLoop::offer_to_end() {
  begin_own_words();
  write_all(STDOUT_FILENO, "x1 · end this session? Type end, or Enter to go on: ");
  const auto line = read_line();
  if (!line || *line == "end") {
    stopped_ = true;
    end_.reason = "ended by you";
  }
  end_own_words();
}

void RunLoop::match_size() {
  if (!terminal_) return;
  const auto size = terminal_->size();
  ::ioctl(agent_.get(), TIOCSWINSZ, &size);
}

}  // namespace x1::cli
