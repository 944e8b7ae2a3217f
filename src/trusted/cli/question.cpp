#include "cli/question.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "cli/limits_text.hpp"
#include "cli/words.hpp"
#include "policy/dialog.hpp"

namespace x1::cli {
namespace {

const policy::Manifest* manifest_of(const std::string& scope, const std::vector<policy::Manifest>& manifests) {
  const auto found =
      std::ranges::find_if(manifests, [&](const auto& one) { return policy::find_scope(one, scope) != nullptr; });
  return found == manifests.end() ? nullptr : std::to_address(found);
}

constexpr base::Duration longest_grant = std::chrono::hours(24 * 30);  // the API's own bound

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

// "90m", "2h", "3d": from now on. Five digits are more than enough for 30 days, and can't overflow.
std::optional<base::Duration> length_from(std::string_view text) {
  if (text.size() < 2 || text.size() > 6) return std::nullopt;
  const auto digits = text.substr(0, text.size() - 1);
  int count = 0;
  const auto* const end = std::to_address(digits.end());
  const auto [stopped, failure] = std::from_chars(std::to_address(digits.begin()), end, count);
  if (failure != std::errc() || stopped != end || count <= 0) return std::nullopt;
  switch (text.back()) {
    case 'm': return std::chrono::minutes(count);
    case 'h': return std::chrono::hours(count);
    case 'd': return std::chrono::hours(24) * count;
    default: return std::nullopt;
  }
}

// People leave the milliseconds out.
std::optional<base::TimePoint> end_from(std::string_view text, base::TimePoint now) {
  if (const auto length = length_from(text)) return now + *length;
  constexpr std::size_t without_milliseconds = 20;
  std::string time(text);
  if (time.size() == without_milliseconds && time.ends_with('Z')) time.insert(time.size() - 1, ".000");
  const auto parsed = base::parse_time(time);
  return parsed.ok() ? std::optional(*parsed) : std::nullopt;
}

// Once and no take nothing behind them.
std::optional<Answer> limited(Answer answer, std::string_view rest) {
  if (rest.empty()) return answer;
  if (!is_longer(answer.choice)) return std::nullopt;
  answer.limits = limits_from_line(rest);
  return answer.limits ? std::optional(answer) : std::nullopt;
}

}  // namespace

base::Result<Question> question_from(const wire::Value& asked, const std::vector<policy::Manifest>& manifests) {
  const auto* value = asked.find("challenge");
  if (value == nullptr) return base::Error{base::Code::invalid_request, "The question has no challenge.", ""};
  X1_TRY(challenge, policy::challenge_from(*value));
  auto text = policy::render_dialog(challenge, manifest_of(challenge.request.scope, manifests));
  return Question{std::move(challenge), std::move(text)};
}

namespace {

// The item of that number, counted from 1.
template <class Item>
const Item* numbered(std::string_view text, const std::vector<Item>& items) {
  std::size_t number = 0;
  const auto* const end = std::to_address(text.end());
  const auto [stopped, failure] = std::from_chars(std::to_address(text.begin()), end, number);
  if (failure != std::errc() || stopped != end || number == 0 || number > items.size()) return nullptr;
  return &items[number - 1];
}

// " in 2", " in /ada/work/" at the end, which is taken away. Nothing: it is there and means nothing.
std::optional<std::optional<std::string>> take_part(std::string_view& line, const policy::Choices& choices) {
  constexpr std::string_view word = " in ";
  const auto at = lower(line).rfind(word);
  if (at == std::string_view::npos) return std::optional<std::string>();
  const auto named = trimmed(line.substr(at + word.size()));
  line = trimmed(line.substr(0, at));
  if (const auto* part = numbered(named, choices.parts)) return std::optional(*part);
  if (policy::is_part("/", named)) return std::optional(std::string(named));
  return std::nullopt;
}

std::optional<Answer> plain_answer_from(std::string_view line, base::TimePoint now) {
  const auto word = lower(line.substr(0, line.find_first_of(blanks)));
  const auto rest = trimmed(line.substr(word.size()));
  for (const auto choice : {Choice::once, Choice::turn, Choice::session, Choice::no, Choice::deny}) {
    const auto name = to_string(choice);
    if (word != name && word != name.substr(0, 1)) continue;
    return limited(Answer{choice, std::nullopt}, rest);
  }
  if (word != "until" && word != "u") return std::nullopt;
  const auto time = rest.substr(0, rest.find_first_of(blanks));
  const auto end = end_from(time, now);
  if (!end || *end <= now || *end > now + longest_grant) return std::nullopt;
  return limited(Answer{Choice::until, *end}, trimmed(rest.substr(time.size())));
}

std::optional<Answer> other_from(std::string_view named, const policy::Choices& choices) {
  if (const auto* account = numbered(named, choices.accounts)) return Answer{Choice::other, {}, {}, {}, account->id};
  const auto id = base::ConnectionId::parse(named);
  if (!id.ok()) return std::nullopt;
  return Answer{Choice::other, {}, {}, {}, *id};
}

}  // namespace

std::optional<Answer> answer_from(std::string_view line, base::TimePoint now, const policy::Choices& choices) {
  line = trimmed(line);
  if (lower(line).starts_with("use ")) return other_from(trimmed(line.substr(4)), choices);
  auto part = take_part(line, choices);
  if (!part) return std::nullopt;
  auto answer = plain_answer_from(line, now);
  if (!answer || (*part && !is_longer(answer->choice))) return std::nullopt;
  answer->within = std::move(*part);
  return answer;
}

std::string_view to_string(Choice choice) noexcept {
  switch (choice) {
    case Choice::once: return "once";
    case Choice::turn: return "turn";
    case Choice::session: return "session";
    case Choice::until: return "until";
    case Choice::no: return "no";
    case Choice::deny: return "deny";
    case Choice::other: return "use";
  }
  return "no";
}

std::string outcome_of(const Answer& answer) {
  if (answer.choice == Choice::no) return "not allowed";
  if (answer.choice == Choice::deny) return "not allowed, and not asked again in this session";
  if (answer.choice == Choice::other) return "asked anew about " + (answer.account ? answer.account->text() : "");
  return "allowed: " + std::string(to_string(answer.choice)) +
         (answer.until ? " " + base::format_time(*answer.until) : std::string()) +
         (answer.limits ? ", for " + limits_text(*answer.limits) : std::string()) +
         (answer.within ? ", in " + policy::visible(*answer.within) : std::string());
}

std::string choices(const Question& question) {
  const auto& challenge = question.challenge;
  std::string more = "           t, s and u take limits: s --uses 5 --bytes 2MB";
  if (!challenge.base_path.empty()) {
    more += challenge.choices.parts.empty() ? " · and a part: s in /PATH/" : " · and a part: s in 1";
  }
  if (!challenge.choices.accounts.empty()) more += " · [use 2]: ask about another account";
  return "Allow it?  [o]nce · for this [t]urn · for this [s]ession · [u]ntil 2h · [n]o · [d]eny for the session\n" +
         more + "   then Enter: ";
}

bool has_expired(const Question& question, base::TimePoint now) { return question.challenge.expires <= now; }

// Every code but those which settle it: after one that says nothing of the question (the answer was no good, a key is
// wanted, the API is away), letting it go would make a message to the agent of the next line.
bool still_waits_after(base::Code refused) noexcept {
  using base::Code;
  return refused != Code::conflict && refused != Code::expired && refused != Code::not_found &&
         refused != Code::forbidden;
}

}  // namespace x1::cli
