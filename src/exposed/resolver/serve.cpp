#include "resolver/serve.hpp"

#include <cerrno>
#include <deque>

#include "os/socket.hpp"
#include "seam/dialer.hpp"

namespace x1::resolver {
namespace {

using seam::dialer::Found;
using seam::dialer::FromResolver;
using seam::dialer::Lookup;
using seam::dialer::ToResolver;

class Server {
 public:
  Server(const os::Fd& dialer, Dns& dns) : dialer_(dialer), dns_(dns) {}

  // False: the dialer has gone.
  base::Result<bool> step() {
    next();
    std::vector<pollfd> polls{{.fd = dialer_.get(), .events = POLLIN, .revents = 0}};
    dns_.watch(polls);
    if (::poll(polls.data(), polls.size(), dns_.timeout_ms()) < 0 && errno != EINTR) {
      return base::Error{base::Code::internal, "poll failed.", ""};
    }
    dns_.process(std::span(polls).subspan(1));
    if (polls.front().revents == 0) return sent_;
    return take();
  }

 private:
  base::Result<bool> take() {
    X1_TRY(received, os::receive_with_fd(dialer_.get(), 16 * 1024));
    if (received.bytes.empty()) return false;
    X1_TRY(frames, framer_.feed(received.bytes));
    for (const auto& frame : frames) {
      X1_TRY(message, seam::decode_frame<ToResolver>(frame));
      auto& lookup = std::get<Lookup>(message);
      if (waiting_.size() < max_waiting) {
        waiting_.push_back(std::move(lookup));
      } else {
        answer(lookup.id, {});
      }
    }
    return sent_;
  }

  void next() {
    while (!dns_.busy() && !waiting_.empty()) {
      const auto lookup = std::move(waiting_.front());
      waiting_.pop_front();
      const auto id = lookup.id;
      dns_.lookup(lookup.host, [this, id](std::vector<std::string> addresses) { answer(id, std::move(addresses)); });
    }
  }

  void answer(std::uint64_t id, std::vector<std::string> addresses) {
    const auto frame = seam::encode_frame(FromResolver(Found{id, std::move(addresses)}));
    if (!os::send_with_fd(dialer_.get(), frame, -1).ok()) sent_ = false;
  }

  const os::Fd& dialer_;
  Dns& dns_;
  seam::Framer framer_;
  std::deque<Lookup> waiting_;
  bool sent_ = true;
};

}  // namespace

base::Status serve(const os::Fd& dialer, Dns& dns) {
  Server server(dialer, dns);
  while (true) {
    X1_TRY(going_on, server.step());
    if (!going_on) return base::Done{};
  }
}

}  // namespace x1::resolver
