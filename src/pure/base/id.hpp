// Id<Tag>: a name that is safe as one token of a bus subject, a path segment and a log field: 1 to 64 characters
// of a-z, 0-9, '_' and '-'. Each kind of id is a type of its own; an Id that exists is valid.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace x1::base {

[[nodiscard]] bool is_id_text(std::string_view text) noexcept;

template <class Tag>
class Id {
 public:
  [[nodiscard]] static Result<Id> parse(std::string_view text) {
    if (!is_id_text(text)) {
      return Error{Code::invalid_request, "An id is 1 to 64 characters of a-z, 0-9, '_' and '-'.", ""};
    }
    return Id(std::string(text));
  }

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  auto operator<=>(const Id&) const = default;

 private:
  explicit Id(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

using SessionId = Id<struct SessionTag>;
using UserId = Id<struct UserTag>;
using ConnectionId = Id<struct ConnectionTag>;
using ChallengeId = Id<struct ChallengeTag>;
using GrantId = Id<struct GrantTag>;
using CallId = Id<struct CallTag>;

// The number of a turn within its session, from 1.
enum class TurnNumber : std::uint64_t {};

}  // namespace x1::base
