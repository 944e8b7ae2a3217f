#include "adapter/adapter.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <limits>
#include <utility>

#include "wire/fields.hpp"
#include "wire/json.hpp"

namespace x1::adapter {

using wire::Value;

base::Status Adapter::run() {
  sigset_t child_ended;
  ::sigemptyset(&child_ended);
  ::sigaddset(&child_ended, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child_ended, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  children_ = os::Fd(::signalfd(-1, &child_ended, SFD_CLOEXEC | SFD_NONBLOCK));
  X1_TRY(followed, follow());
  while (true) {
    X1_TRY(stepped, step());
  }
}

base::Status Adapter::follow() {
  X1_TRY(events, gate_.get("/turns"));
  events_ = std::move(events);
  stream_ = EventStream();
  return base::Done{};
}

base::Status Adapter::step() {
  const auto watched = [](int fd, short events) { return pollfd{.fd = fd, .events = events, .revents = 0}; };
  std::array polls{watched(events_.get(), POLLIN), watched(children_.get(), POLLIN),
                   watched(command_ ? command_->output() : -1, POLLIN),
                   watched(command_ ? command_->input() : -1, POLLOUT)};
  if (::poll(polls.data(), polls.size(), -1) < 0 && errno != EINTR) {
    return base::Error{base::Code::internal, "poll failed.", ""};
  }
  if (polls[3].revents != 0) command_->feed();
  if (polls[2].revents != 0) report_output();
  if (polls[1].revents != 0) report_end();
  if (polls[0].revents != 0) return read_events();
  return base::Done{};
}

base::Status Adapter::read_events() {
  std::array<char, 16 * 1024> buffer{};
  const auto got = ::recv(events_.get(), buffer.data(), buffer.size(), 0);
  if (got < 0 && errno == EINTR) return base::Done{};
  // The next one takes our connection when it is there. Without an answer of its own nothing is lost by asking anew.
  if (got <= 0) return follow();
  X1_TRY(events, stream_.feed(std::string_view(buffer.data(), static_cast<std::size_t>(got))));
  for (const auto& event : events) {
    X1_TRY(obeyed, obey(event));
  }
  return base::Done{};
}

base::Status Adapter::obey(const wire::ServerSentEvent& event) {
  X1_TRY(data, wire::parse_json(event.data, wire::JsonLimits{.bytes = 8 << 20, .depth = 4}));
  wire::Fields fields(data, "an event of a turn");
  const auto turn = static_cast<std::uint64_t>(fields.integer("turn", 1, std::numeric_limits<std::int64_t>::max()));
  auto message = fields.optional_string("message", 4 << 20);
  X1_TRY(finished, fields.finish());
  if (event.event == "turn.opened") {
    if (turn == turn_) {
      say_again();
    } else {
      begin(turn, std::move(message).value_or(std::string()));
    }
  }
  if (event.event == "turn.closed" && turn == turn_) {
    // If the same turn is opened once more, there is nothing left that works on it.
    if (command_) outcome_ = "failed";
    command_.reset();
  }
  return base::Done{};
}

void Adapter::begin(std::uint64_t turn, std::string message) {
  command_.reset();
  turn_ = turn;
  unsaid_.clear();
  outcome_.clear();
  auto started = Command::start(words_, std::move(message));
  if (started.ok()) {
    command_.emplace(std::move(*started));
  } else {
    output(started.error().message + "\n");
    done("failed");
  }
}

void Adapter::report_output() { output(command_->take()); }

// What no gate takes just now waits for the next one; of too much the first part counts.
void Adapter::output(std::string text) {
  if (!text.empty() && unsaid_.size() < most_unsaid) unsaid_.push_back(std::move(text));
  while (!unsaid_.empty() && say("output", Value(Value::Object{{"text", Value(unsaid_.front())}})))
    unsaid_.pop_front();
}

void Adapter::report_end() {
  std::array<char, sizeof(signalfd_siginfo)> ignored{};
  while (::read(children_.get(), ignored.data(), ignored.size()) > 0) {
  }
  if (!command_) return;
  const auto status = command_->ended();
  if (!status) return;
  // What it wrote before it ended; what its own children may still write does not count any more.
  for (auto left = command_->take(); !left.empty(); left = command_->output() < 0 ? std::string() : command_->take())
    output(std::move(left));
  command_.reset();
  done(*status == 0 ? "completed" : "failed");
}

void Adapter::done(std::string outcome) {
  outcome_ = std::move(outcome);
  (void)say("done", Value(Value::Object{{"outcome", Value(outcome_)}}));
}

// The same turn at another gate: what the one before may not have heard.
void Adapter::say_again() {
  output({});
  if (!outcome_.empty()) done(outcome_);
}

// The gate refuses what is said of a turn that has ended meanwhile, and that is all right. One that is gone, or is only
// coming, has not heard it.
bool Adapter::say(const std::string& what, const Value& body) {
  constexpr int not_this_turn = 409;
  const auto status = gate_.post("/turns/" + std::to_string(turn_) + "/" + what, wire::canonical_json(body));
  return status.ok() && *status != not_this_turn;
}

}  // namespace x1::adapter
