#include "launch/ready_line.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace x1::launch {

namespace asio = boost::asio;

struct ReadyLine::State : std::enable_shared_from_this<State> {
  State(asio::io_context& context, std::string name)
      : pipe(context), latch(context, name + "'s ready line"), who(name) {}

  void read() {
    pipe.async_read_some(asio::buffer(buffer),
                         [self = shared_from_this()](boost::system::error_code error, std::size_t got) {
                           self->took(error, std::string_view(self->buffer.data(), got));
                         });
  }

  void took(boost::system::error_code error, std::string_view bytes) {
    line.append(bytes);
    const auto end = line.find('\n');
    if (end != std::string::npos) return latch.set(line.substr(0, end));
    if (error || line.size() > max_bytes) {
      return latch.set(base::Error{base::Code::unavailable, who + " ended before it was ready.",
                                   "look into the log folder of the state"});
    }
    read();
  }

  static constexpr std::size_t max_bytes = 4096;
  asio::posix::stream_descriptor pipe;
  Latch latch;
  std::string who;
  std::string line;
  std::array<char, 512> buffer{};
};

ReadyLine::ReadyLine(asio::io_context& context, os::Fd pipe, std::string who)
    : state_(std::make_shared<State>(context, std::move(who))) {
  state_->pipe.assign(pipe.release());
  state_->read();
}

ReadyLine::~ReadyLine() {
  boost::system::error_code ignored;
  state_->pipe.close(ignored);
}

asio::awaitable<base::Result<std::string>> ReadyLine::wait(std::chrono::milliseconds patience) {
  return state_->latch.wait(patience);
}

void ReadyLine::give_up(const base::Error& why) { state_->latch.set(why); }

}  // namespace x1::launch
