#include "broker/box_link.hpp"

#include <boost/asio/post.hpp>

#include "os/socket.hpp"

namespace x1::broker {
namespace {

using base::Code;
using base::Error;
namespace asio = boost::asio;
namespace box = seam::box;

// The supervisor's own limits, for an end and a start, are shorter.
constexpr std::chrono::seconds longest_replacement{30};
constexpr std::size_t max_message_bytes = 64 * 1024;

}  // namespace

BoxLink::BoxLink(asio::io_context& context, os::Fd supervisor) : socket_(context), patience_(context) {
  socket_.assign(asio::local::stream_protocol(), supervisor.release());
  socket_.native_non_blocking(true);
}

void BoxLink::start(Callbacks callbacks) {
  callbacks_ = std::move(callbacks);
  listen();
}

void BoxLink::listen() {
  socket_.async_wait(asio::socket_base::wait_read, [this](boost::system::error_code failed) {
    if (failed == asio::error::operation_aborted) return;
    if (!failed && take().ok()) return listen();
    gone();
  });
}

void BoxLink::hear_now() {
  for (;;) {
    const auto took = take();
    if (!took.ok()) return gone();
    if (!*took) return;
  }
}

void BoxLink::gone() {
  patience_.cancel();
  then_ = nullptr;
  if (const auto on_gone = std::exchange(callbacks_.on_gone, nullptr)) on_gone();
}

base::Result<bool> BoxLink::take() {
  auto read = os::receive_with_fd(socket_.native_handle(), max_message_bytes);
  if (!read.ok()) return read.error().code == Code::timed_out ? base::Result<bool>(false) : read.error();
  if (read->bytes.empty()) return Error{Code::unavailable, "The supervisor is gone.", ""};
  if (read->fd) fd_ = std::move(read->fd);
  X1_TRY(frames, framer_.feed(read->bytes));
  for (const auto& frame : frames) {
    X1_TRY(message, seam::decode_frame<box::ToBroker>(frame));
    X1_TRY(taken, std::visit([this](const auto& what) { return took(what); }, message));
  }
  return true;
}

base::Status BoxLink::took(const box::ReplaceFailed& failed) {
  if (failed.turn == turn_) settle(Error{failed.code, failed.message, "Start a new session."});
  return base::Done{};
}

// An answer to another question is no answer: it could name a gate that serves an earlier person.
base::Status BoxLink::took(const box::AgentReplaced& replaced) {
  auto gate = std::exchange(fd_, std::nullopt);
  if (!then_ || replaced.turn != turn_ || !gate) {
    return Error{Code::invalid_request, "The supervisor answered what was not asked.", ""};
  }
  settle(std::move(*gate));
  return base::Done{};
}

base::Status BoxLink::took(const box::UseKeys& message) {
  callbacks_.on_keys(message.keys, [this, number = message.number](const base::Status& used) {
    const auto code = used.ok() ? std::string() : std::string(base::to_string(used.error().code));
    const auto told = seam::encode_frame(box::FromBroker(box::KeysTaken{number, code}));
    // The supervisor ends a session whose broker does not answer.
    static_cast<void>(os::send_with_fd(socket_.native_handle(), told, -1));
  });
  return base::Done{};
}

base::Status BoxLink::took(const box::VaultAgain&) {
  auto vault = std::exchange(fd_, std::nullopt);
  if (!vault) return Error{Code::invalid_request, "A channel to the vault came without its descriptor.", ""};
  callbacks_.on_vault(std::move(*vault));
  return base::Done{};
}

base::Status BoxLink::took(const box::ApiAgain&) {
  callbacks_.on_api();
  return base::Done{};
}

base::Status BoxLink::took(const box::ProviderAgain& again) {
  callbacks_.on_provider(again.domain);
  return base::Done{};
}

base::Status BoxLink::took(const box::AgentEnded&) {
  callbacks_.on_agent_ended();
  return base::Done{};
}

base::Status BoxLink::took(const box::EndSession&) {
  callbacks_.on_end();
  return base::Done{};
}

void BoxLink::replace(std::uint64_t turn, OnReplaced then) {
  turn_ = turn;
  then_ = std::move(then);
  patience_.expires_after(longest_replacement);
  patience_.async_wait([this, turn](boost::system::error_code cancelled) {
    if (!cancelled && turn == turn_) settle(Error{Code::timed_out, "The agent was not replaced in time.", ""});
  });
  const auto asked = seam::encode_frame(box::FromBroker(box::ReplaceAgent{turn}));
  auto sent = os::send_with_fd(socket_.native_handle(), asked, -1);
  if (sent.ok()) return;
  asio::post(socket_.get_executor(), [this, why = std::move(sent).error()] { settle(why); });
}

void BoxLink::settle(base::Result<os::Fd> outcome) {
  patience_.cancel();
  if (auto then = std::exchange(then_, nullptr)) then(std::move(outcome));
}

}  // namespace x1::broker
