// EventFeed: the bytes of one answer to GET …/events, as events. Sans-I/O: head, chunks (RFC 9112, section 7.1) and
// server-sent events, each within limits. An answer that is no stream becomes its error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "wire/sse.hpp"
#include "wire/value.hpp"

namespace x1::cli {

struct Event {
  std::uint64_t number = 0;
  std::string session;
  std::string time;
  std::string type;   // "agent.output"
  std::string actor;  // user id, or ""
  std::uint64_t turn = 0;
  wire::Value payload;
};

[[nodiscard]] base::Result<Event> event_from(const wire::ServerSentEvent& sent);
// {"code","message","next"} of an answer that is not a success.
[[nodiscard]] base::Error error_from(int status, const wire::Value& body);

class EventFeed {
 public:
  // The events that these bytes complete. After an error the feed is spent.
  [[nodiscard]] base::Result<std::vector<Event>> feed(std::string_view bytes);
  // The server has ended the stream as it should.
  [[nodiscard]] bool ended() const noexcept { return state_ == State::ended; }

 private:
  enum class State { head, size, data, data_end, trailer, refusal, ended };
  [[nodiscard]] base::Result<bool> step(std::vector<Event>& events);
  [[nodiscard]] base::Result<bool> take_head();
  [[nodiscard]] base::Result<bool> take_size();
  [[nodiscard]] base::Result<bool> take_data(std::vector<Event>& events);
  [[nodiscard]] base::Result<bool> take_refusal();
  [[nodiscard]] std::optional<std::string> take_line();

  State state_ = State::head;
  std::string held_;
  std::size_t chunk_left_ = 0;
  wire::SseReader reader_{8 << 20};  // a question shows every byte of what would be sent
};

}  // namespace x1::cli
