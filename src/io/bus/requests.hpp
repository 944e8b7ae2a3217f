// Requests: who waits for which answer, and until when. No I/O: the client gives it messages and the time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace x1::bus {

using Moment = std::chrono::steady_clock::time_point;

class Requests {
 public:
  using OnAnswer = std::function<void(base::Result<std::string>)>;

  // `prefix` is the inbox that answers come to; each request gets a subject of its own below it.
  explicit Requests(std::string prefix) : prefix_(std::move(prefix)) {}

  // The subject that the answer must come on.
  [[nodiscard]] std::string add(Moment deadline, OnAnswer then);
  // What waits for this subject, taken out; nothing when nobody does (late, repeated or made up).
  [[nodiscard]] OnAnswer take(std::string_view subject);
  // All that wait longer than `now`, taken out.
  [[nodiscard]] std::vector<OnAnswer> take_late(Moment now);
  [[nodiscard]] std::vector<OnAnswer> take_all();
  [[nodiscard]] std::optional<Moment> next_deadline() const;
  [[nodiscard]] std::size_t size() const noexcept { return waiting_.size(); }

 private:
  struct Waiting {
    Moment deadline;
    OnAnswer then;
  };
  std::string prefix_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, Waiting> waiting_;
};

}  // namespace x1::bus
