// Checking signed rows: which keys may have signed them, what was seen before, and the verdict in words. Pure but for
// HeadMemory, which keeps the last head of each chain for the next look (a chain cut below it is broken).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/verify.hpp"
#include "base/result.hpp"
#include "wire/value.hpp"

namespace x1::cli {

using SeenHead = std::pair<std::uint64_t, crypto::Digest>;

// What a verified platform chain says about one session.
struct SessionFacts {
  std::set<std::string> boot_keys;  // texts of the keys that its brokers signed with
  std::optional<SeenHead> head;     // where its rows ended, once the session is over
};
[[nodiscard]] std::map<std::string, SessionFacts> facts_of(const std::vector<std::string>& platform_lines);

// The chain that the rows say they belong to; "" when the first is no row.
[[nodiscard]] std::string chain_of(const std::vector<std::string>& lines);

[[nodiscard]] audit::Verdict check_rows(const std::vector<std::string>& lines, audit::Trust trust,
                                        const std::optional<SeenHead>& seen);
[[nodiscard]] wire::Value to_value(const std::string& chain, const audit::Verdict& verdict);
[[nodiscard]] std::string to_text(const std::string& chain, const audit::Verdict& verdict);

// One row as a line of the story.
[[nodiscard]] std::string row_text(std::string_view line);

class HeadMemory {
 public:
  // `folder` is made when a head is first kept.
  explicit HeadMemory(std::string folder) : folder_(std::move(folder)) {}
  // $XDG_STATE_HOME/x1agent-heads, else ~/.local/state/x1agent-heads.
  [[nodiscard]] static HeadMemory usual();
  [[nodiscard]] std::optional<SeenHead> seen(const std::string& chain) const;
  [[nodiscard]] base::Status keep(const std::string& chain, const SeenHead& head) const;

 private:
  std::string folder_;
};

}  // namespace x1::cli
