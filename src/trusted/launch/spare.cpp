#include "launch/spare.hpp"

#include "launch/components.hpp"
#include "launch/session_components.hpp"
#include "launch/wires.hpp"
#include "os/socket.hpp"
#include "sandbox/network_namespace.hpp"

namespace x1::launch {

namespace asio = boost::asio;

namespace {

struct Beginner {
  asio::io_context& context;
  const Installation& at;
  sandbox::Filters& filters;
  Spare& spare;

  base::Result<Output> output() const {
    X1_TRY(file, LogFile::open(at.layout.log("spare")));
    return Output::to(context, std::move(file));
  }

  base::Result<Child*> add(const sandbox::Plan& plan, Output output) const {
    auto child = Child::begin(context, filters, plan, std::move(output),
                              [deaths = spare.deaths, name = plan.program](int status) {
                                deaths->happened = true;
                                if (deaths->tell) deaths->tell(name, status);
                              });
    if (!child.ok()) return std::move(child).error();
    return spare.parts.emplace_back(std::move(*child)).get();
  }

  base::Status gate(int listener) const {
    X1_TRY(calls, os::socket_pair());
    X1_TRY(out, output());
    const auto plan = gate_plan(at, spare.place, listener, calls.second.get(), out.write_end());
    X1_TRY(child, add(plan, std::move(out)));
    spare.gate = child;
    spare.gate_end = std::move(calls.first);
    return base::Done{};
  }

  base::Status dialer() const {
    X1_TRY(dials, os::socket_pair());
    X1_TRY(names, os::socket_pair());
    X1_TRY(pipe, make_pipe());
    X1_TRY(dialer_out, output());
    const DialerEnds ends{dials.second.get(), names.first.get(), pipe.write.get()};
    const auto suffix = "-" + std::to_string(spare.place);
    const auto dialer =
        dialer_plan(at, "dialer" + suffix, at.ids.of(spare.place, SessionSeat::dialer), ends, dialer_out.write_end());
    X1_TRY(dialer_child, add(dialer, std::move(dialer_out)));
    X1_TRY(resolver_out, output());
    const auto resolver = resolver_plan(at, "resolver" + suffix, at.ids.of(spare.place, SessionSeat::resolver),
                                        names.second.get(), resolver_out.write_end());
    X1_TRY(resolver_child, add(resolver, std::move(resolver_out)));
    spare.dialer_ready = std::make_unique<ReadyLine>(context, std::move(pipe.read), "x1-dialer");
    spare.dialer_end = std::move(dials.first);
    return base::Done{};
  }
};

}  // namespace

base::Result<std::unique_ptr<Spare>> Spare::begin(asio::io_context& context, const Installation& at,
                                                  sandbox::Filters& filters, std::uint32_t place) {
  auto spare = std::make_unique<Spare>();
  spare->place = place;
  X1_TRY(made, sandbox::make_listening_namespace(agent_port));
  spare->network = std::move(made.network);
  const Beginner beginner{context, at, filters, *spare};
  X1_TRY(gate, beginner.gate(made.listener.get()));
  X1_TRY(dialer, beginner.dialer());
  return spare;
}

asio::awaitable<base::Status> Spare::running() {
  for (const auto& part : parts) {
    auto runs = co_await part->running();
    if (!runs.ok()) {
      deaths->happened = true;
      co_return runs;
    }
  }
  co_return base::Done{};
}

asio::awaitable<void> Spare::end() {
  for (const auto& part : parts)
    part->expect_exit();
  for (const auto& part : parts)
    co_await part->end(std::chrono::milliseconds(0));
}

}  // namespace x1::launch
