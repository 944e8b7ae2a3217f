// Outward: a sidecar's way out: a dialer and its resolver, in the place of a session that may not be known yet.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "launch/child.hpp"
#include "launch/installation.hpp"
#include "launch/ready_line.hpp"
#include "launch/sources.hpp"
#include "os/fd.hpp"

namespace x1::launch {

struct Outward {
  std::unique_ptr<Child> dialer;
  std::unique_ptr<Child> resolver;
  os::Fd dialer_end;                 // the broker's, of its seam to the dialer
  std::unique_ptr<ReadyLine> ready;  // the dialer's key
  Sources sources;

  using OnExit = std::function<void(const std::string& who, int status)>;
  // Begins both; each writes to the log of its name that `log` opens.
  using OpenLog = std::function<base::Result<LogFile>(const std::string& name)>;
  [[nodiscard]] static base::Result<Outward> begin(boost::asio::io_context& context, const Installation& at,
                                                   sandbox::Filters& filters, std::uint32_t place, const OpenLog& log,
                                                   const OnExit& on_exit);
};

}  // namespace x1::launch
