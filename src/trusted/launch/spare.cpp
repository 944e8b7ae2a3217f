#include "launch/spare.hpp"

#include "launch/components.hpp"
#include "launch/door.hpp"
#include "launch/plan_parts.hpp"
#include "launch/wires.hpp"
#include "os/socket.hpp"

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

  [[nodiscard]] Child::OnExit heard(std::string name) const {
    return [deaths = spare.deaths, name = std::move(name)](int status) {
      deaths->happened = true;
      if (deaths->tell) deaths->tell(name, status);
    };
  }

  base::Status add(const sandbox::Plan& plan, Output output) const {
    spare.sources.add(plan);
    X1_TRY(child, Child::begin(context, filters, plan, std::move(output), heard(program_name(plan))));
    spare.parts.push_back(std::move(child));
    return base::Done{};
  }

  base::Status door() const {
    X1_TRY(log, LogFile::open(at.layout.log("spare")));
    X1_TRY(made, Door::begin(context, at, filters, spare.place, std::move(log), heard("x1-gate")));
    spare.door = std::move(made);
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
    X1_TRY(dialer_added, add(dialer, std::move(dialer_out)));
    X1_TRY(resolver_out, output());
    const auto resolver = resolver_plan(at, "resolver" + suffix, at.ids.of(spare.place, SessionSeat::resolver),
                                        names.second.get(), resolver_out.write_end());
    X1_TRY(resolver_added, add(resolver, std::move(resolver_out)));
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
  const Beginner beginner{context, at, filters, *spare};
  X1_TRY(door, beginner.door());
  X1_TRY(dialer, beginner.dialer());
  return spare;
}

asio::awaitable<void> Spare::end() {
  door.gate->expect_exit();
  for (const auto& part : parts)
    part->expect_exit();
  for (const auto& part : parts)
    co_await part->end(std::chrono::milliseconds(0));
  co_await door.gate->end(std::chrono::milliseconds(0));
}

}  // namespace x1::launch
