// candidates: what a shell offers where a command wants an id that nobody knows by heart. Only ids are printed, never a
// name that somebody chose: a shell gets nothing that it would expand.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <ostream>
#include <set>

#include "base/id.hpp"
#include "cli/commands.hpp"
#include "cli/exit_status.hpp"

namespace x1::cli {
namespace {

using wire::Value;

constexpr unsigned longest_wait_seconds = 2;  // a person sits before the shell that asks

// Whatever hangs, the shell goes on without it.
struct Impatience {
  Impatience() {
    ::signal(SIGALRM, [](int) { ::_exit(exit_ok); });
    ::alarm(longest_wait_seconds);
  }
  ~Impatience() {
    ::alarm(0);
    ::signal(SIGALRM, SIG_DFL);
  }
  Impatience(const Impatience&) = delete;
  Impatience& operator=(const Impatience&) = delete;
};

// The line so far, read loosely: it is not finished, and may be wrong.
struct Line {
  explicit Line(const std::vector<std::string>& given) : words(given) {}
  const std::vector<std::string>& words;
  [[nodiscard]] bool has(std::string_view word) const { return std::ranges::find(words, word) != words.end(); }
  // What follows an option.
  [[nodiscard]] std::string value(std::string_view option) const {
    const auto found = std::ranges::find(words, option);
    return found == words.end() || found + 1 == words.end() ? std::string() : *(found + 1);
  }
};

void take_id(const Value& record, std::string_view name, std::set<std::string>& ids) {
  const auto* id = record.find_string(name);
  if (id != nullptr && base::is_id_text(*id)) ids.insert(*id);
}

bool is(const Value& record, std::string_view name, std::string_view wanted) {
  const auto* text = record.find_string(name);
  return text != nullptr && *text == wanted;
}

// Those that go on, and for the audit those that are over, too.
base::Result<std::set<std::string>> sessions(const ApiClient& api, const Line& line) {
  X1_TRY(list, api.get("/sessions"));
  std::set<std::string> ids;
  for (const auto& session : items_of(list)) {
    if (line.has("audit") || !(is(session, "state", "ended") || is(session, "state", "failed")))
      take_id(session, "id", ids);
  }
  return ids;
}

// What a list of the session that the line names has, or of every session when it names none.
template <class Wanted>
base::Result<std::set<std::string>> within(const ApiClient& api, const Line& line, std::string_view list,
                                           std::string_view name, const Wanted& wanted) {
  X1_TRY(all, sessions(api, line));
  const auto named = std::ranges::find_if(all, [&](const std::string& id) { return line.has(id); });
  if (named != all.end()) all = std::set{*named};
  std::set<std::string> ids;
  for (const auto& session : all) {
    X1_TRY(records, api.get("/sessions/" + session + "/" + std::string(list)));
    for (const auto& record : items_of(records))
      if (wanted(record)) take_id(record, name, ids);
  }
  return ids;
}

bool is_own(const Value& record) { return record.find_string("connection") != nullptr; }

base::Result<std::set<std::string>> candidates(const ApiClient& api, std::string_view kind, const Line& line) {
  if (kind == "session") {
    X1_TRY(all, sessions(api, line));
    // A command takes one of them.
    if (std::ranges::any_of(all, [&](const std::string& id) { return line.has(id); })) all.clear();
    return std::move(all);
  }
  if (kind == "question") {
    return within(api, line, "challenges", "id",
                  [](const Value& each) { return is(each, "state", "pending") && is_own(each); });
  }
  if (kind == "grant") {
    return within(api, line, "grants", "id", [](const Value& each) { return is(each, "state", "live"); });
  }
  if (kind == "denied") return within(api, line, "denials", "challenge", is_own);
  if (kind == "person") return within(api, line, "members", "user", [](const Value&) { return true; });
  std::set<std::string> ids;
  if (kind == "connection") {
    X1_TRY(list, api.get("/connections"));
    for (const auto& each : items_of(list))
      take_id(each, "id", ids);
  }
  return ids;
}

}  // namespace

Outcome perform(const Context& context, const Candidates& what) {
  const Impatience impatience;
  const Line line(what.words);
  // The person and the platform that the line is for.
  const auto state = line.value("--state").empty() ? context.state : line.value("--state");
  const auto place = line.value("--login").empty() ? context.place : line.value("--login");
  Bearer bearer(person_of(state, place));
  const Context asked{state, false, context.out, context.err, bearer, place};
  const auto found = candidates(asked.api(), what.kind, line);
  // A word that can't be completed is no failure.
  if (!found.ok()) return exit_ok;
  for (const auto& id : *found)
    context.out << id << '\n';
  context.out << std::flush;
  return exit_ok;
}

}  // namespace x1::cli
