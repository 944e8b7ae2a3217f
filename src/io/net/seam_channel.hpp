// SeamChannel: one end of a seam, over a connected Unix stream socket. Frames in by callback, frames out through a
// bounded queue. One thread: everything happens on the io_context that it was made with.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "os/fd.hpp"
#include "seam/codec.hpp"

namespace x1::net {

class SeamChannel {
 public:
  // A frame without its length prefix: what decode_frame takes.
  using OnFrame = std::function<void(std::string_view frame)>;
  // Called once, when the other side is gone or broke the protocol. Nothing is called after it.
  using OnClosed = std::function<void(const base::Error& why)>;

  static constexpr std::size_t max_queued_bytes = 64 << 20;

  SeamChannel(boost::asio::io_context& context, os::Fd socket);
  SeamChannel(const SeamChannel&) = delete;
  SeamChannel& operator=(const SeamChannel&) = delete;
  // Must not run inside one of its own callbacks. The io_context must outlive it, and be run or stopped after it.
  ~SeamChannel();

  void start(OnFrame on_frame, OnClosed on_closed);

  // Queues one frame (encode_frame's bytes). Fails with too_many when the other side does not keep up, unavailable
  // when it is gone.
  base::Status send(std::string frame);

  template <class Variant, class Kind>
  base::Status send_message(Kind kind) {
    return send(seam::encode_frame(Variant(std::move(kind))));
  }

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the operations in flight, which end after the channel does
};

}  // namespace x1::net
