// Spare: what a session has that knows nothing of it, started before anybody asks: the agent's network with the socket
// in it that gate listens on, gate, dialer and resolver. It belongs to one session, or to none: none of it has had a
// word of a session, a key of one, or a byte of an agent.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "launch/child.hpp"
#include "launch/door.hpp"
#include "launch/installation.hpp"
#include "launch/outward.hpp"

namespace x1::launch {

struct Spare {
  // The death of one of its parts, heard by whoever has the spare. `alive` says it to whoever was not there.
  struct Deaths {
    std::function<void(const std::string& who, int status)> tell;
    bool happened = false;
  };

  std::uint32_t place = 0;
  Door door;
  Outward outward;
  std::shared_ptr<Deaths> deaths = std::make_shared<Deaths>();

  // Begins all of it; what it writes goes to the platform's log until its parts have another. References must outlive
  // it.
  [[nodiscard]] static base::Result<std::unique_ptr<Spare>> begin(boost::asio::io_context& context,
                                                                  const Installation& at, sandbox::Filters& filters,
                                                                  std::uint32_t place);
  [[nodiscard]] bool whole() const noexcept { return !deaths->happened; }
  // Whether it is as it would be made now.
  [[nodiscard]] bool fresh() const { return door.sources.unchanged() && outward.sources.unchanged(); }
  // Kills it, and returns when it has ended.
  [[nodiscard]] boost::asio::awaitable<void> end();
};

}  // namespace x1::launch
