#include "launch/output.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "launch/wires.hpp"

namespace x1::launch {

namespace asio = boost::asio;

namespace {
constexpr std::size_t max_line_bytes = 4096;
}

struct Output::State : std::enable_shared_from_this<State> {
  State(asio::io_context& context, LogFile file, OnLine callback)
      : pipe(context), log(std::move(file)), on_line(std::move(callback)) {}

  void read() {
    pipe.async_read_some(asio::buffer(buffer),
                         [self = shared_from_this()](boost::system::error_code error, std::size_t got) {
                           if (error) return;
                           self->took(std::string_view(self->buffer.data(), got));
                           if (self->pipe.is_open()) self->read();
                         });
  }

  // A child's last words may still be in the pipe: as much as a pipe holds, and no waiting.
  void drain() {
    boost::system::error_code error;
    pipe.non_blocking(true, error);
    for (int round = 0; round < 8 && !error; ++round) {
      const auto got = pipe.read_some(asio::buffer(buffer), error);
      if (!error) log.append(std::string_view(buffer.data(), got));
    }
  }

  void took(std::string_view bytes) {
    log.append(bytes);
    if (!on_line) return;
    for (const char byte : bytes) {
      if (byte != '\n' && line.size() < max_line_bytes) line.push_back(byte);
      if (byte != '\n') continue;
      on_line(line);
      line.clear();
    }
  }

  asio::posix::stream_descriptor pipe;
  LogFile log;
  OnLine on_line;
  std::string line;
  std::array<char, 16 * 1024> buffer{};
};

base::Result<Output> Output::to(asio::io_context& context, LogFile log, OnLine on_line) {
  X1_TRY(pipe, make_pipe());
  auto state = std::make_shared<State>(context, std::move(log), std::move(on_line));
  state->pipe.assign(pipe.read.release());
  state->read();
  return Output(std::move(state), std::move(pipe.write));
}

void Output::log_to(LogFile log) { state_->log = std::move(log); }

Output::~Output() {
  if (!state_) return;
  state_->on_line = nullptr;
  state_->drain();
  boost::system::error_code ignored;
  state_->pipe.close(ignored);
}

}  // namespace x1::launch
