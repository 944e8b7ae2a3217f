#include "launch/child.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "launch/latch.hpp"

namespace x1::launch {

namespace asio = boost::asio;

namespace {
constexpr std::chrono::seconds start_patience{10};
}

struct Child::State : std::enable_shared_from_this<State> {
  State(asio::io_context& context, sandbox::Starting started, std::optional<Output> out, OnExit callback)
      : name(started.plan.name),
        uid(started.plan.identity.outside_uid),
        box(std::move(started)),
        output(std::move(out)),
        on_exit(std::move(callback)),
        watch(context),
        news(context),
        runs(context, name + "'s start"),
        ended(context, name + "'s end") {}

  base::Status watch_end() {
    X1_TRY(copy, copy_of(box.process.pidfd.get()));
    watch.assign(copy);
    wait();
    return base::Done{};
  }

  // From here on the status socket does not block.
  base::Status watch_start() {
    X1_TRY(copy, copy_of(box.status.get()));
    news.assign(copy);
    listen();
    return base::Done{};
  }

  base::Result<int> copy_of(int fd) const {
    const int copy = ::dup(fd);
    if (copy < 0) return base::Error{base::Code::unavailable, "No descriptor is left to watch " + name + ".", ""};
    return copy;
  }

  void listen() {
    news.async_wait(asio::posix::stream_descriptor::wait_read,
                    [self = shared_from_this()](boost::system::error_code error) {
                      if (!error) self->hear();
                    });
  }

  // Takes what the box has said of its start, if anything: nothing here waits.
  void hear() {
    if (news.is_open()) {
      pollfd waiting{.fd = box.status.get(), .events = POLLIN, .revents = 0};
      if (::poll(&waiting, 1, 0) != 1) return listen();
      const auto started = sandbox::await_start(box);
      boost::system::error_code ignored;
      news.close(ignored);
      box.status = os::Fd();
      if (started.ok()) return runs.set(std::string());
      static_cast<void>(fail(started.error()));
    }
  }

  // Blocks, for those who start one box after the other.
  base::Status wait_until_it_runs() {
    const auto started = sandbox::await_start(box);
    box.status = os::Fd();
    if (!started.ok()) return fail(started.error());
    runs.set(std::string());
    return base::Done{};
  }

  base::Error fail(const base::Error& why) {
    on_exit = nullptr;
    sandbox::kill(box.process);
    base::Error named{why.code, name + ": " + why.message, why.next};
    runs.set(named);
    return named;
  }

  void wait() {
    watch.async_wait(asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](boost::system::error_code error) {
                       if (!error) self->over();
                     });
  }

  void over() {
    const auto status = sandbox::wait(box.process, std::chrono::milliseconds(0));
    // The loop may wake us for a descriptor that had our place before.
    if (!status.ok() && status.error().code == base::Code::timed_out) return wait();
    alive = false;
    // Its last report may be unread: it says whether this is the end of a program or a start that failed.
    if (news.is_open()) hear();
    box.process.cgroup = sandbox::Cgroup();
    ended.set(std::string());
    if (auto callback = std::exchange(on_exit, nullptr)) callback(status.ok() ? *status : 255);
  }

  std::string name;
  std::uint32_t uid;
  sandbox::Starting box;
  std::optional<Output> output;
  OnExit on_exit;
  asio::posix::stream_descriptor watch;
  asio::posix::stream_descriptor news;
  Latch runs;
  Latch ended;
  bool alive = true;
};

base::Result<std::unique_ptr<Child>> Child::make(asio::io_context& context, sandbox::Filters& filters,
                                                 const sandbox::Plan& plan, std::optional<Output> output,
                                                 OnExit on_exit) {
  auto box = sandbox::begin(plan, filters);
  if (output) output->close_write_end();
  if (!box.ok()) {
    auto error = std::move(box).error();
    return base::Error{error.code, plan.name + ": " + error.message, error.next};
  }
  auto state = std::make_shared<State>(context, std::move(*box), std::move(output), std::move(on_exit));
  auto child = std::unique_ptr<Child>(new Child(state));
  X1_TRY(watched, state->watch_end());
  return child;
}

base::Result<std::unique_ptr<Child>> Child::begin(asio::io_context& context, sandbox::Filters& filters,
                                                  const sandbox::Plan& plan, std::optional<Output> output,
                                                  OnExit on_exit) {
  X1_TRY(child, make(context, filters, plan, std::move(output), std::move(on_exit)));
  X1_TRY(watched, child->state_->watch_start());
  return std::move(child);
}

base::Result<std::unique_ptr<Child>> Child::start(asio::io_context& context, sandbox::Filters& filters,
                                                  const sandbox::Plan& plan, std::optional<Output> output,
                                                  OnExit on_exit) {
  X1_TRY(child, make(context, filters, plan, std::move(output), std::move(on_exit)));
  X1_TRY(runs, child->state_->wait_until_it_runs());
  return std::move(child);
}

Child::~Child() {
  state_->on_exit = nullptr;
  if (state_->alive) sandbox::kill(state_->box.process);
}

const std::string& Child::name() const noexcept { return state_->name; }
pid_t Child::pid() const noexcept { return state_->box.process.pid; }
std::uint32_t Child::outside_uid() const noexcept { return state_->uid; }
bool Child::alive() const noexcept { return state_->alive; }
const std::vector<std::string>& Child::unlimited() const noexcept { return state_->box.process.unlimited; }
void Child::log_to(LogFile log) {
  if (state_->output) state_->output->log_to(std::move(log));
}
void Child::expect_exit() noexcept { state_->on_exit = nullptr; }

asio::awaitable<base::Status> Child::running() {
  const auto state = state_;
  const auto outcome = co_await state->runs.wait(start_patience);
  if (outcome.ok()) co_return base::Done{};
  if (!state->runs.is_set()) co_return state->fail(outcome.error());
  co_return outcome.error();
}

void Child::kill() noexcept {
  state_->on_exit = nullptr;
  if (state_->alive) sandbox::kill(state_->box.process);
}

asio::awaitable<void> Child::ended(std::chrono::milliseconds patience) {
  const auto state = state_;
  if (state->alive) static_cast<void>(co_await state->ended.wait(patience));
}

asio::awaitable<void> Child::end(std::chrono::milliseconds patience) {
  const auto state = state_;
  state->on_exit = nullptr;
  if (!state->alive) co_return;
  if (patience.count() > 0) {
    static_cast<void>(::syscall(SYS_pidfd_send_signal, state->box.process.pidfd.get(), SIGTERM, nullptr, 0));
    const auto outcome = co_await state->ended.wait(patience);
    if (outcome.ok()) co_return;
  }
  sandbox::kill(state->box.process);
  static_cast<void>(co_await state->ended.wait(std::chrono::seconds(10)));
}

}  // namespace x1::launch
