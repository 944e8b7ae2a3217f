// Gate: connections come, wait and go.
#include <algorithm>

#include "gate/answer.hpp"
#include "gate/gate.hpp"
#include "wire/sse.hpp"

namespace x1::gate {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds tick{1};
// A call that takes longer is answered by a stream, so that nobody on the way takes silence for death.
constexpr std::chrono::seconds patience{5};
constexpr std::chrono::seconds sign_of_life_every{10};
// More connections than ever wait at a socket (the kernel's own limit, net.core.somaxconn, unless somebody raised it):
// who comes after that many has come while we counted.
constexpr std::size_t most_waiting = 4097;

}  // namespace

void Gate::accept() {
  acceptor_.async_accept([this](boost::system::error_code error, Connection::Socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (error) {
      // No descriptors left, most likely. The sweep tries again.
      log_.warn("accept.failed", {{"why", error.message()}});
      serving_ = false;
      return sweep();
    }
    add(std::move(socket));
    accept();
  });
}

void Gate::add(Connection::Socket socket) {
  if (connections_.size() >= max_connections) {
    // The one that has been idle longest gives way; a client that keeps all busy gets no more.
    const auto idle = std::ranges::find_if(connections_, [](const Shared& each) { return each->idle(); });
    if (idle == connections_.end()) return;
    const Shared chosen = *idle;
    chosen->cut();
  }
  connections_.push_back(std::make_shared<Connection>(std::move(socket), *this));
  connections_.back()->start();
  if (!sweeping_) sweep();
}

void Gate::accept_what_waits() {
  if (!serving_) return;
  for (std::size_t i = 0; i < most_waiting; ++i) {
    boost::system::error_code error;
    auto socket = acceptor_.accept(error);
    if (error == asio::error::would_block) return;
    if (error) {
      // What can't be taken out now would be taken for the next turn's.
      log_.error("accept.failed", {{"why", error.message()}});
      return on_end_();
    }
    add(std::move(socket));
  }
}

void Gate::on_gone(const Connection& connection) {
  if (const auto call = find_call(calls_, connection); call != calls_.end()) {
    const auto number = call->first;
    calls_.erase(call);
    if (!tell_broker(seam::gate::AgentGone{number}).ok()) on_end_();
  }
  const auto is_it = [&](const Shared& each) { return each.get() == &connection; };
  std::erase_if(followers_, is_it);
  std::erase_if(listeners_, [&](const Listener& each) { return each.connection.get() == &connection; });
  std::erase_if(connections_, is_it);
}

// Once a second while anybody is connected: one timer for all, so that a request costs none.
void Gate::sweep() {
  sweeping_ = true;
  timer_.expires_after(tick);
  timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    const auto now = std::chrono::steady_clock::now();
    for (const auto& connection : std::vector(connections_))
      connection->check_deadline(now);
    std::vector<std::uint64_t> waiting;
    for (const auto& [number, call] : calls_)
      waiting.push_back(number);
    for (const auto number : waiting) {
      if (const auto call = calls_.find(number); call != calls_.end()) show_life(call->second, now);
    }
    keep_listeners(now);
    if (!serving_ && !tools_.empty()) {
      serving_ = true;
      accept();
    }
    sweeping_ = !connections_.empty() || !serving_;
    if (sweeping_) sweep();
  });
}

void Gate::show_life(HeldCall& call, Instant now) {
  if (!call.may_stream || now < call.since + patience + call.signs_of_life * sign_of_life_every) return;
  const Shared connection = call.connection;
  if (call.signs_of_life++ == 0) connection->begin_stream(wire::event_stream_head({}));
  if (call.progress_token.empty()) return connection->push(wire::chunk(": waiting\n\n"));
  connection->push(wire::chunk(wire::serialise(wire::ServerSentEvent{
      .id = {}, .event = "message", .data = mcp::progress(call.progress_token, call.signs_of_life)})));
}

}  // namespace x1::gate
