#include "launch/child.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "launch/latch.hpp"

namespace x1::launch {

namespace asio = boost::asio;

struct Child::State : std::enable_shared_from_this<State> {
  State(asio::io_context& context, std::string box, std::uint32_t id, sandbox::Process started,
        std::optional<Output> out, OnExit callback)
      : name(std::move(box)),
        uid(id),
        process(std::move(started)),
        output(std::move(out)),
        on_exit(std::move(callback)),
        watch(context),
        ended(context, name + "'s end") {}

  base::Status begin() {
    const int copy = ::dup(process.pidfd.get());
    if (copy < 0) return base::Error{base::Code::unavailable, "No descriptor is left to watch " + name + ".", ""};
    watch.assign(copy);
    wait();
    return base::Done{};
  }

  void wait() {
    watch.async_wait(asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](boost::system::error_code error) {
                       if (!error) self->over();
                     });
  }

  void over() {
    const auto status = sandbox::wait(process, std::chrono::milliseconds(0));
    // The loop may wake us for a descriptor that had our place before.
    if (!status.ok() && status.error().code == base::Code::timed_out) return wait();
    alive = false;
    process.cgroup = sandbox::Cgroup();
    ended.set(std::string());
    if (auto callback = std::exchange(on_exit, nullptr)) callback(status.ok() ? *status : 255);
  }

  std::string name;
  std::uint32_t uid;
  sandbox::Process process;
  std::optional<Output> output;
  OnExit on_exit;
  asio::posix::stream_descriptor watch;
  Latch ended;
  bool alive = true;
};

base::Result<std::unique_ptr<Child>> Child::start(asio::io_context& context, sandbox::Filters& filters,
                                                  const sandbox::Plan& plan, std::optional<Output> output,
                                                  OnExit on_exit) {
  auto process = sandbox::start(plan, filters);
  if (output) output->close_write_end();
  if (!process.ok()) {
    auto error = std::move(process).error();
    return base::Error{error.code, plan.name + ": " + error.message, error.next};
  }
  auto state = std::make_shared<State>(context, plan.name, plan.identity.outside_uid, std::move(*process),
                                       std::move(output), std::move(on_exit));
  auto child = std::unique_ptr<Child>(new Child(state));
  X1_TRY(begun, state->begin());
  return child;
}

Child::~Child() {
  state_->on_exit = nullptr;
  if (state_->alive) sandbox::kill(state_->process);
}

const std::string& Child::name() const noexcept { return state_->name; }
pid_t Child::pid() const noexcept { return state_->process.pid; }
std::uint32_t Child::outside_uid() const noexcept { return state_->uid; }
bool Child::alive() const noexcept { return state_->alive; }
os::Fd Child::take_listener() noexcept {
  if (!state_->process.listener) return os::Fd();
  return std::move(*state_->process.listener);
}
const std::vector<std::string>& Child::unlimited() const noexcept { return state_->process.unlimited; }
void Child::expect_exit() noexcept { state_->on_exit = nullptr; }

asio::awaitable<void> Child::end(std::chrono::milliseconds patience) {
  const auto state = state_;
  state->on_exit = nullptr;
  if (!state->alive) co_return;
  if (patience.count() > 0) {
    static_cast<void>(::syscall(SYS_pidfd_send_signal, state->process.pidfd.get(), SIGTERM, nullptr, 0));
    const auto outcome = co_await state->ended.wait(patience);
    if (outcome.ok()) co_return;
  }
  sandbox::kill(state->process);
  static_cast<void>(co_await state->ended.wait(std::chrono::seconds(10)));
}

}  // namespace x1::launch
