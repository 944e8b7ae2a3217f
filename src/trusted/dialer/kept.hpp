// Kept: connections that a request left open after a clean end, for the next one of the same lane. A few, for seconds;
// each is taken by one request at a time, and only while nothing has come on it that nobody asked for.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "crypto/digest.hpp"
#include "dialer/credential.hpp"
#include "dialer/stream.hpp"
#include "wire/http.hpp"

namespace x1::dialer {

// Two requests share a connection only if all of this is the same: what the broker says of them, and what the sealed
// credential says of server, trust and user.
struct Lane {
  std::string name;  // the broker's; empty: no connection is shared
  wire::Origin origin;
  crypto::Digest ca;
  std::string user;
  bool operator==(const Lane&) const = default;
};
[[nodiscard]] Lane lane_of(const std::string& name, const Credential& credential);

// Methods that are safe (RFC 9110, section 9.2.1; RFC 4918, section 9.1; RFC 3253, section 3.6): only they go out on a
// connection that may have died meanwhile, since only they may go out twice.
[[nodiscard]] bool changes_nothing(wire::Method method) noexcept;

class Kept {
 public:
  static constexpr std::size_t most = 32;
  static constexpr std::chrono::seconds idle_limit{10};

  explicit Kept(boost::asio::io_context& context) : context_(context) {}
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;

  struct Connection {
    std::unique_ptr<Stream> stream;
    policy::Endpoint endpoint;
  };
  // The newest of the lane whose endpoint this credential still allows, and on which nothing has come.
  [[nodiscard]] std::optional<Connection> take(const Lane& lane, const Credential& credential);
  // Above `most`, the oldest of all is closed.
  void put(const Lane& lane, const policy::Endpoint& endpoint, std::unique_ptr<Stream> stream);
  void close_all() { idle_.clear(); }
  [[nodiscard]] std::size_t size() const noexcept { return idle_.size(); }

 private:
  struct Idle {
    std::uint64_t number = 0;
    Lane lane;
    Connection connection;
    boost::asio::steady_timer limit;
  };
  boost::asio::io_context& context_;
  std::list<Idle> idle_;  // the oldest first
  std::uint64_t last_ = 0;
};

}  // namespace x1::dialer
