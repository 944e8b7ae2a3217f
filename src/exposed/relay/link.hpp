// Link: two connected sockets and the bytes between them, as many as one buffer a direction holds.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>

#include "relay/relay.hpp"

namespace x1::relay {

class Link : public std::enable_shared_from_this<Link> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  // Called once, when the link has ended; not after end().
  using OnEnd = std::function<void(const Link&)>;

  Link(Socket inside, Socket outside, OnEnd on_end);

  // Connects to the bus and carries bytes from then on.
  void start(const boost::asio::ip::tcp::endpoint& bus);
  void end();

 private:
  struct Way {
    std::array<char, Relay::buffer_bytes> buffer;
    bool open = true;
  };
  void carry(Socket& from, Socket& to, Way& way);
  void close_way(Socket& to, Way& way);
  void fail();

  Socket inside_;
  Socket outside_;
  OnEnd on_end_;
  Way out_;
  Way in_;
};

}  // namespace x1::relay
