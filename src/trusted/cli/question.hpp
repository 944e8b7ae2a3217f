// Question: what a person is asked, and how their answer is read. Pure. The challenge comes from the platform; its
// digest is computed anew here, so that what is shown is what is approved.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "policy/challenge.hpp"
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

enum class Answer { once, turn, session, no };
// "o", "once", "t", "turn", "s", "session", "n", "no", in any case; nothing else, and not an empty line.
[[nodiscard]] std::optional<Answer> answer_from(std::string_view line);
[[nodiscard]] std::string_view to_string(Answer answer) noexcept;
// The line below the dialog.
[[nodiscard]] std::string_view choices() noexcept;

}  // namespace x1::cli
