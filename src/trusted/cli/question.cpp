#include "cli/question.hpp"

#include <algorithm>
#include <array>

#include "policy/dialog.hpp"

namespace x1::cli {
namespace {

const policy::Manifest* manifest_of(const std::string& scope, const std::vector<policy::Manifest>& manifests) {
  const auto found =
      std::ranges::find_if(manifests, [&](const auto& one) { return policy::find_scope(one, scope) != nullptr; });
  return found == manifests.end() ? nullptr : std::to_address(found);
}

}  // namespace

base::Result<Question> question_from(const wire::Value& asked, const std::vector<policy::Manifest>& manifests) {
  const auto* value = asked.find("challenge");
  if (value == nullptr) return base::Error{base::Code::invalid_request, "The question has no challenge.", ""};
  X1_TRY(challenge, policy::challenge_from(*value));
  auto text = policy::render_dialog(challenge, manifest_of(challenge.request.scope, manifests));
  return Question{std::move(challenge), std::move(text)};
}

std::optional<Answer> answer_from(std::string_view line) {
  std::string word;
  for (const char c : line) {
    if (c == ' ' || c == '\r' || c == '\t') continue;
    word.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  for (const auto answer : {Answer::once, Answer::turn, Answer::session, Answer::no}) {
    const auto name = to_string(answer);
    if (word == name || word == name.substr(0, 1)) return answer;
  }
  return std::nullopt;
}

std::string_view to_string(Answer answer) noexcept {
  switch (answer) {
    case Answer::once: return "once";
    case Answer::turn: return "turn";
    case Answer::session: return "session";
    case Answer::no: return "no";
  }
  return "no";
}

std::string_view choices() noexcept {
  return "Allow it?  [o]nce · for this [t]urn · for this [s]ession · [n]o   then Enter: ";
}

}  // namespace x1::cli
