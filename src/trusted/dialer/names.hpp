// Names: asks the resolver, a process of its own, for the addresses of a host.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "net/seam_channel.hpp"
#include "os/fd.hpp"

namespace x1::dialer {

class Names {
 public:
  static constexpr std::chrono::seconds patience{7};  // the resolver's own deadline is 5 s
  static constexpr std::size_t max_waiting = 32;

  Names(boost::asio::io_context& context, os::Fd resolver);

  // Text forms; an IP address is its own answer and asks nobody. Empty: none, or the resolver gave none in time.
  boost::asio::awaitable<std::vector<std::string>> lookup(std::string host);

 private:
  struct Waiting {
    boost::asio::steady_timer until;
    std::vector<std::string> addresses;
  };
  void on_frame(std::string_view frame);
  void lost();

  boost::asio::io_context& context_;
  net::SeamChannel resolver_;
  std::map<std::uint64_t, Waiting*> waiting_;  // each lives in the coroutine that waits
  std::uint64_t last_ = 0;
};

}  // namespace x1::dialer
