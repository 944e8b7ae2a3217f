#include "gate/gate.hpp"

#include <algorithm>

#include "gate/answer.hpp"
#include "gate/provider.hpp"
#include "wire/json.hpp"
#include "wire/sse.hpp"

namespace x1::gate {

namespace asio = boost::asio;
using wire::Value;

Gate::Gate(asio::io_context& context, os::Fd listener, os::Fd broker, const log::Log& log, std::function<void()> on_end)
    : acceptor_(context), timer_(context), broker_(context, std::move(broker)), log_(log), on_end_(std::move(on_end)) {
  acceptor_.assign(asio::ip::tcp::v4(), listener.release());
  acceptor_.non_blocking(true);
  place_ = place_at(acceptor_.local_endpoint().port());
}

Gate::~Gate() {
  for (const auto& connection : std::vector(connections_))
    connection->cut();
}

void Gate::start() {
  broker_.start([this](std::string_view frame) { on_frame(frame); },
                [this](const base::Error& why) {
                  log_.error("broker.gone", why);
                  on_end_();
                });
}

void Gate::on_frame(std::string_view frame) {
  auto message = seam::decode_frame<seam::gate::ToGate>(frame);
  if (!message.ok()) {
    log_.error("broker.malformed", message.error());
    return on_end_();
  }
  std::visit([this](auto& kind) { obey(std::move(kind)); }, *message);
}

void Gate::obey(seam::gate::Tools tools) {
  tools_ = wire::canonical_json(tools.tools);
  last_call_ = std::max(last_call_, tools.last_call);
  if (!serving_) accept();
  serving_ = true;
}

void Gate::obey(const seam::gate::CallResult& result) {
  answer_call(result.call, [&](const HeldCall& call) { return mcp::result_answer(call.id, result.result); });
}

void Gate::obey(const seam::gate::CallError& error) {
  const base::Error why{error.code, error.message, error.next};
  answer_call(error.call, [&](const HeldCall& call) { return mcp::refusal_answer(call.id, why, error.detail); });
}

void Gate::answer_call(std::uint64_t number, const std::function<std::string(const HeldCall&)>& text) {
  const auto found = calls_.find(number);
  if (found == calls_.end()) return;  // its client has gone meanwhile
  const auto call = std::move(found->second);
  calls_.erase(found);
  if (call.signs_of_life == 0) return call.connection->reply(json_answer(200, text(call), true), true);
  const auto event = wire::serialise(wire::ServerSentEvent{.id = {}, .event = "message", .data = text(call)});
  call.connection->reply(wire::chunk(event) + wire::chunk({}), true);
}

void Gate::obey(const seam::gate::ParseProvider& parse) {
  if (!tell_broker(read_provider(parse.parse, parse.bytes)).ok()) on_end_();
}

// What has arrived up to here, in any socket, came before this turn.
void Gate::obey(seam::gate::TurnOpened opened) {
  if (turn_ != 0) close_turn();
  accept_what_waits();
  for (const auto& connection : connections_)
    connection->note_arrivals(turn_);
  turn_ = opened.turn;
  cut_listeners_of_other_turns();
  message_ = std::move(opened.message);
  tell_followers("turn.opened",
                 Value(Value::Object{{"turn", Value(static_cast<std::int64_t>(turn_))}, {"message", Value(message_)}}));
}

void Gate::obey(const seam::gate::TurnClosed& closed) {
  if (closed.turn == turn_) close_turn();
}

// The barrier: every connection ends with the turn, those that wait to be accepted too, and with them all bytes that
// were sent in it. Followers stay: they carry no further request.
void Gate::close_turn() {
  const auto closed = std::exchange(turn_, 0);
  message_.clear();
  accept_what_waits();
  for (const auto& connection : std::vector(connections_)) {
    if (std::ranges::find(followers_, connection) == followers_.end()) connection->cut();
  }
  tell_followers("turn.closed", Value(Value::Object{{"turn", Value(static_cast<std::int64_t>(closed))}}));
}

void Gate::tell_followers(std::string_view event, const Value& data) {
  const auto text = wire::chunk(wire::serialise(
      wire::ServerSentEvent{.id = {}, .event = std::string(event), .data = wire::canonical_json(data)}));
  for (const auto& follower : std::vector(followers_))
    follower->push(text);
}

base::Status Gate::tell_broker(seam::gate::ToBroker message) { return broker_.send(seam::encode_frame(message)); }

}  // namespace x1::gate
