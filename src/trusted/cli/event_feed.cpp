#include "cli/event_feed.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "wire/fields.hpp"
#include "wire/http.hpp"
#include "wire/json.hpp"

namespace x1::cli {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t max_head_bytes = 32 * 1024;
constexpr std::size_t max_chunk_line = 32;
constexpr std::size_t max_chunk_bytes = 16 << 20;
constexpr wire::JsonLimits event_limits{.bytes = 8 << 20, .depth = 64, .values = 200'000};

Error broken(std::string_view why) {
  return Error{Code::invalid_request, "The platform's event stream can't be read: " + std::string(why) + ".", ""};
}

const Code* code_named(std::string_view name) {
  const auto codes = base::all_codes();
  const auto found = std::ranges::find(codes, name, [](Code code) { return base::to_string(code); });
  return found == codes.end() ? nullptr : std::to_address(found);
}

}  // namespace

base::Result<Event> event_from(const wire::ServerSentEvent& sent) {
  X1_TRY(data, wire::parse_json(sent.data, event_limits));
  wire::Fields fields(data, "the event");
  Event event;
  event.number = static_cast<std::uint64_t>(fields.integer("number", 1, INT64_MAX));
  event.session = fields.string("session", 64);
  event.time = fields.string("time", 32);
  event.type = fields.string("type", 64);
  event.actor = fields.optional_string("actor", 64).value_or("");
  event.turn = static_cast<std::uint64_t>(fields.optional_integer("turn", 0, INT64_MAX).value_or(0));
  event.payload = fields.any("payload");
  X1_TRY(done, fields.finish());
  return event;
}

Error error_from(int status, const wire::Value& body) {
  const auto* code = body.find_string("code");
  const auto* message = body.find_string("message");
  const auto* next = body.find_string("next");
  const auto* known = code == nullptr ? nullptr : code_named(*code);
  if (known == nullptr || message == nullptr) {
    return Error{Code::internal, "The platform answered with status " + std::to_string(status) + ".", ""};
  }
  return Error{*known, *message, next == nullptr ? std::string() : *next};
}

base::Result<std::vector<Event>> EventFeed::feed(std::string_view bytes) {
  held_.append(bytes);
  std::vector<Event> events;
  for (;;) {
    X1_TRY(went_on, step(events));
    if (!went_on) return events;
  }
}

base::Result<bool> EventFeed::step(std::vector<Event>& events) {
  switch (state_) {
    case State::head: return take_head();
    case State::size: return take_size();
    case State::data: return take_data(events);
    case State::data_end:
    case State::trailer: {
      const auto line = take_line();
      if (!line) return held_.size() > max_chunk_line ? base::Result<bool>(broken("a chunk has no end")) : false;
      if (!line->empty()) return broken("a chunk is longer than it says");
      state_ = state_ == State::trailer ? State::ended : State::size;
      return true;
    }
    case State::refusal: return take_refusal();
    case State::ended: return held_.empty() ? base::Result<bool>(false) : broken("bytes follow its end");
  }
  return false;
}

base::Result<bool> EventFeed::take_head() {
  const auto end = held_.find("\r\n\r\n");
  if (end == std::string::npos) {
    if (held_.size() > max_head_bytes) return broken("its head is too long");
    return false;
  }
  // The head is read as that of an answer without a body, by the one reader of heads.
  wire::HttpResponseReader reader(wire::Method::head);
  X1_TRY(response, reader.feed(std::string_view(held_).substr(0, end + 4)));
  if (!response) return broken("its head has no end");
  if (response->status != 200) {
    state_ = State::refusal;
    return true;
  }
  const auto* coding = response->header("transfer-encoding");
  if (coding == nullptr || *coding != "chunked") return broken("it is not chunked");
  held_.erase(0, end + 4);
  state_ = State::size;
  return true;
}

base::Result<bool> EventFeed::take_size() {
  const auto line = take_line();
  if (!line) return held_.size() > max_chunk_line ? base::Result<bool>(broken("a chunk has no size")) : false;
  const auto* const end = std::to_address(line->end());
  const auto [stopped, failure] = std::from_chars(line->data(), end, chunk_left_, 16);
  if (failure != std::errc() || stopped != end || chunk_left_ > max_chunk_bytes)
    return broken("a chunk's size is wrong");
  state_ = chunk_left_ == 0 ? State::trailer : State::data;
  return true;
}

base::Result<bool> EventFeed::take_data(std::vector<Event>& events) {
  if (held_.empty()) return false;
  const auto size = std::min(chunk_left_, held_.size());
  X1_TRY(sent, reader_.feed(std::string_view(held_).substr(0, size)));
  for (const auto& one : sent) {
    X1_TRY(event, event_from(one));
    events.push_back(std::move(event));
  }
  held_.erase(0, size);
  chunk_left_ -= size;
  if (chunk_left_ == 0) state_ = State::data_end;
  return true;
}

base::Result<bool> EventFeed::take_refusal() {
  wire::HttpResponseReader reader(wire::Method::get);
  X1_TRY(response, reader.feed(held_));
  if (!response) return false;
  X1_TRY(body, wire::parse_json(response->body));
  return error_from(response->status, body);
}

std::optional<std::string> EventFeed::take_line() {
  const auto end = held_.find("\r\n");
  if (end == std::string::npos) return std::nullopt;
  auto line = held_.substr(0, end);
  held_.erase(0, end + 2);
  return line;
}

}  // namespace x1::cli
