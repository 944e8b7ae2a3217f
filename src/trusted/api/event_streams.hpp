// EventStreams: who listens to which session, and how far each of them has come. Nothing is queued for anybody: a
// listener that has taken its last batch gets the next from the store, however slow it is.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "api/services.hpp"
#include "seam/edge.hpp"

namespace x1::api {

class EventStreams {
 public:
  using Send = std::function<void(seam::edge::ToEdge)>;
  static constexpr std::size_t max_streams = 256;
  static constexpr std::int64_t max_streams_of_one = 64;  // so that one listener leaves room for the others
  static constexpr std::size_t batch_events = 16;
  static constexpr std::size_t batch_bytes = 256 * 1024;

  EventStreams(Store& store, Send send) : store_(store), send_(std::move(send)) {}

  // Opens stream `id` after the event number `after`. Fails with too_many.
  [[nodiscard]] Status open(std::uint64_t id, const SessionId& session, const Caller& listener, std::uint64_t after);
  void more(std::uint64_t id);
  void closed(std::uint64_t id);
  void event_added(const SessionId& session);
  // Ends their streams of it. Who listens was in the session when they began; this is what ends that.
  void member_left(const SessionId& session, const UserId& user);
  void logged_out(const std::string& token_hash);
  // Ends the streams whose login is not good any more.
  void end_expired(TimePoint now);

 private:
  struct Stream {
    SessionId session;
    UserId user;
    std::string token_hash;
    std::uint64_t last = 0;
    bool ready = false;  // the client has taken all so far
  };
  void pump(std::uint64_t id, Stream& stream);
  void end_if(const std::function<bool(const Stream&)>& condition);
  Store& store_;
  Send send_;
  std::map<std::uint64_t, Stream> streams_;
};

}  // namespace x1::api
