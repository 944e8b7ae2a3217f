#include "launch/outward.hpp"

#include "launch/components.hpp"
#include "launch/plan_parts.hpp"
#include "launch/session_components.hpp"
#include "launch/wires.hpp"
#include "os/socket.hpp"

namespace x1::launch {

base::Result<Outward> Outward::begin(boost::asio::io_context& context, const Installation& at,
                                     sandbox::Filters& filters, std::uint32_t place, const OpenLog& log,
                                     const OnExit& on_exit) {
  Outward out;
  const auto start = [&](const sandbox::Plan& plan, Output output) {
    out.sources.add(plan);
    return Child::begin(context, filters, plan, std::move(output),
                        [on_exit, name = program_name(plan)](int status) { on_exit(name, status); });
  };
  X1_TRY(dials, os::socket_pair());
  X1_TRY(names, os::socket_pair());
  X1_TRY(pipe, make_pipe());
  X1_TRY(dialer_log, log("dialer"));
  X1_TRY(dialer_out, Output::to(context, std::move(dialer_log)));
  const DialerEnds ends{dials.second.get(), names.first.get(), pipe.write.get()};
  const auto suffix = "-" + std::to_string(place);
  const auto dialer =
      dialer_plan(at, "dialer" + suffix, at.ids.of(place, SessionSeat::dialer), ends, dialer_out.write_end());
  X1_TRY(dialer_child, start(dialer, std::move(dialer_out)));
  out.dialer = std::move(dialer_child);
  X1_TRY(resolver_log, log("resolver"));
  X1_TRY(resolver_out, Output::to(context, std::move(resolver_log)));
  const auto resolver = resolver_plan(at, "resolver" + suffix, at.ids.of(place, SessionSeat::resolver),
                                      names.second.get(), resolver_out.write_end());
  X1_TRY(resolver_child, start(resolver, std::move(resolver_out)));
  out.resolver = std::move(resolver_child);
  out.ready = std::make_unique<ReadyLine>(context, std::move(pipe.read), "x1-dialer");
  out.dialer_end = std::move(dials.first);
  return out;
}

}  // namespace x1::launch
