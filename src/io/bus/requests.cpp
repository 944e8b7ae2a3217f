#include "bus/requests.hpp"

#include <algorithm>
#include <charconv>

namespace x1::bus {

std::string Requests::add(Moment deadline, OnAnswer then) {
  waiting_.emplace(++last_, Waiting{deadline, std::move(then)});
  return prefix_ + "." + std::to_string(last_);
}

Requests::OnAnswer Requests::take(std::string_view subject) {
  if (!subject.starts_with(prefix_) || subject.size() <= prefix_.size() + 1) return nullptr;
  const auto digits = subject.substr(prefix_.size() + 1);
  std::uint64_t number = 0;
  const auto read = std::from_chars(std::to_address(digits.begin()), std::to_address(digits.end()), number);
  if (read.ec != std::errc() || read.ptr != std::to_address(digits.end())) return nullptr;
  auto found = waiting_.extract(number);
  return found.empty() ? nullptr : std::move(found.mapped().then);
}

std::vector<Requests::OnAnswer> Requests::take_late(Moment now) {
  std::vector<OnAnswer> late;
  std::erase_if(waiting_, [&](auto& entry) {
    if (entry.second.deadline > now) return false;
    late.push_back(std::move(entry.second.then));
    return true;
  });
  return late;
}

std::vector<Requests::OnAnswer> Requests::take_all() { return take_late(Moment::max()); }

std::optional<Moment> Requests::next_deadline() const {
  const auto first = std::ranges::min_element(waiting_, {}, [](const auto& entry) { return entry.second.deadline; });
  if (first == waiting_.end()) return std::nullopt;
  return first->second.deadline;
}

}  // namespace x1::bus
