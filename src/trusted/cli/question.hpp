// Question: what a person is asked, and how their answer is read. Pure. The challenge comes from the platform; its
// digest is computed anew here, so that what is shown is what is approved.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/result.hpp"
#include "policy/challenge.hpp"
#include "policy/limits.hpp"
#include "policy/manifest.hpp"
#include "wire/value.hpp"

namespace x1::cli {

struct Question {
  policy::Challenge challenge;
  std::string text;  // the dialog, whole: safe to print as it is
};

// From the payload of consent.asked (also a challenge's "asked"). Fails when the challenge is not what its digest says.
[[nodiscard]] base::Result<Question> question_from(const wire::Value& asked,
                                                   const std::vector<policy::Manifest>& manifests);

// deny: no, and not asked again in this session; other: have it asked about another account.
enum class Choice { once, turn, session, until, no, deny, other };
[[nodiscard]] constexpr bool is_longer(Choice choice) noexcept {
  return choice == Choice::turn || choice == Choice::session || choice == Choice::until;
}
[[nodiscard]] constexpr bool allows(Choice choice) noexcept { return choice == Choice::once || is_longer(choice); }
struct Answer {
  Choice choice = Choice::no;
  std::optional<base::TimePoint> until;            // of Choice::until
  std::optional<policy::Limits> limits = {};       // of what is for longer than once
  std::optional<std::string> within = {};          // the part of the account: the same
  std::optional<base::ConnectionId> account = {};  // of Choice::other: ask about that one
  bool operator==(const Answer&) const = default;
};
// "o", "once", "t", "turn", "s", "session", "n", "no", "d", "deny", in any case, or "u" or "until" with an end: "30m",
// "2h", "3d", or a time in UTC, "2026-11-24T19:55:00Z", later than `now` by at most 30 days. Behind what is for longer
// than once may stand "--uses 5", "--bytes 2MB" or both, and then "in" and a part of the account: its path, or its
// number in `choices`. "use" and an account's id or number in `choices`. Nothing else, and not an empty line.
[[nodiscard]] std::optional<Answer> answer_from(std::string_view line, base::TimePoint now,
                                                const policy::Choices& choices = {});
[[nodiscard]] std::string_view to_string(Choice choice) noexcept;
// "not allowed", "allowed: once", "allowed: until 2026-11-24T19:55:00.000Z, for 5 calls and 2 MB".
[[nodiscard]] std::string outcome_of(const Answer& answer);
// The lines below the dialog.
[[nodiscard]] std::string choices(const Question& question);

// Nobody's answer counts any more. It is said in these words.
[[nodiscard]] bool has_expired(const Question& question, base::TimePoint now);
inline constexpr std::string_view expired_words = "that question has expired";
// Whether an answer that failed with this code leaves the question waiting: then it stays before the person, and their
// next line answers it. Whoever says otherwise must know that it is settled, or not this person's.
[[nodiscard]] bool still_waits_after(base::Code refused) noexcept;

}  // namespace x1::cli
