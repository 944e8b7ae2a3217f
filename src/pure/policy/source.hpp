// Source: somebody or something that has entered a session. What is in it may have been written to mislead: the words
// of another person, a calendar that anybody can invite into, a server's answer. The ledger remembers each source from
// its first entry on, in the order in which they came, and a grant says how many of them the person knew of.
//
// It is sources that count, not what they say: an account that was read once may say something else at any time, so
// whoever allows something after that has allowed it with that account in the session.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "wire/value.hpp"

namespace x1::policy {

// How many a session may have: past that nothing new comes in. Each dialog lists them all.
inline constexpr std::size_t max_sources = 512;

// A user entered with their first turn; a connection and a host with the first answer that was handed on.
enum class SourceKind { user, connection, host };
[[nodiscard]] std::string_view to_string(SourceKind kind) noexcept;

struct Source {
  SourceKind kind = SourceKind::user;
  std::string id;  // of the user or the connection; of a host its origin, "https://calendar.example"
  bool operator==(const Source&) const = default;
};

[[nodiscard]] wire::Value to_value(const Source& source);
[[nodiscard]] base::Result<Source> source_from(const wire::Value& value);
[[nodiscard]] wire::Value to_value(const std::vector<Source>& sources);
[[nodiscard]] base::Result<std::vector<Source>> sources_from(const wire::Value& value);

// The fact that it entered, and the call whose answer brought it in.
struct Entered {
  Source source;
  base::TimePoint at;
  std::optional<base::CallId> call = {};
  bool operator==(const Entered&) const = default;
};

}  // namespace x1::policy
