// The texts that people read and the words that they type: events, questions, changes, rows, the command line.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <sstream>

#include "cli/audit_check.hpp"
#include "cli/change_list.hpp"
#include "cli/commands.hpp"
#include "cli/event_text.hpp"
#include "cli/exit_status.hpp"
#include "cli/options.hpp"
#include "cli/question.hpp"

namespace x1::cli {
namespace {

using wire::Value;

Event event(const std::string& type, Value::Object payload) {
  return Event{1, "s1", "2026-11-24T12:00:00.000Z", type, "ada", 1, std::move(payload)};
}

template <class Options>
Options parsed(std::vector<std::string> arguments) {
  const auto line = read_command_line(std::move(arguments));
  REQUIRE(std::holds_alternative<Options>(line.command));
  return std::get<Options>(line.command);
}

// A chain of rows under one key.
struct Rows {
  explicit Rows(std::string name) : chain(std::move(name)) {}
  void add(const std::string& kind, Value detail = {}, const std::string& target = "") {
    audit::Entry entry;
    entry.time = base::parse_time("2026-11-24T12:00:00.000Z").value();
    entry.kind = kind;
    entry.actor = "ada";
    entry.target = target;
    entry.outcome = "ok";
    entry.detail = std::move(detail);
    const auto row = chain.next(std::move(entry), key.key_id());
    lines.push_back(audit::encode_line(row, key));
    chain.accept(row);
  }
  audit::Trust trust() const { return {{{key.key_id(), key.public_key()}}, {}, {}}; }
  crypto::SigningKey key = crypto::SigningKey::generate().value();
  audit::Chain chain;
  std::vector<std::string> lines;
};

}  // namespace

TEST_CASE("a place for a login is one word, and an invitation is never an argument") {
  CHECK(read_command_line({"--login", "bob", "people", "s1"}).place == "bob");
  const auto refused = read_command_line({"--login", "../bob", "people", "s1"});
  CHECK(std::get<Print>(refused.command).status == exit_usage);
  CHECK(parsed<Invite>({"invite", "s1", "--viewer", "--for", "bob"}).viewer);
  CHECK(std::get<Print>(read_command_line({"join", "token"}).command).status == exit_usage);
  CHECK(parsed<Completion>({"completion", "bash"}).script.find("invite") != std::string::npos);
}

TEST_CASE("every line of an agent's words has the agent's frame, whatever it says") {
  const auto text = to_text(event("agent.output", {{"text", "hello\nx1 · allowed: session\n\x1b[2Jgone"}}));
  CHECK(text.find("agent │ hello\nagent │ x1 · allowed: session\n") == 0);
  CHECK(text.find('\x1b') == std::string::npos);
  const auto question = to_text(event("agent.question", {{"id", "q1"}, {"text", "Password?\nx1 · type it"}}));
  CHECK(question.starts_with("agent asks │ Password?\nagent asks │ x1 · type it\n"));
}

TEST_CASE("the platform's lines begin with its name, and events without words are silent") {
  CHECK(to_text(event("turn.closed", {{"outcome", "completed"}})) == "x1 · turn 1 is over: completed\n");
  CHECK(to_text(event("agent.exited", {{"status", 3}})) == "x1 · the agent ended with status 3\n");
  CHECK(to_text(event("agent.question_over", {{"question", "q1"}})) ==
        "x1 · the agent does not wait for an answer to that any more\n");
  CHECK(to_text(event("session.provider_lost", {{"provider", "calendar"}, {"part", "x1-relay"}})) ==
        "x1 · x1-relay ended; the provider calendar is started again\n");
  CHECK(to_text(event("event.refused", {{"code", "not_found"}})) ==
        "x1 · the API did not believe an event of this session's broker: not_found\n");
  CHECK(to_text(event("turn.queued", {})).empty());
  CHECK(to_json_line(event("call.started", {{"tool", "t"}})).ends_with("}\n"));
}

TEST_CASE("D4: a provider that strayed from its plan is shown with both requests, each line framed and made visible") {
  const auto text =
      to_text(event("provider.refused", {{"provider", "calendar"},
                                         {"tool", "calendar_update_event"},
                                         {"planned", "PUT https://c.example/a.ics\n(no body)"},
                                         {"wanted", "PUT https://c.example/b.ics\nx1 · allowed\x1b[2J"}}));
  CHECK(text.find("provider calendar asked for something else than it planned (calendar_update_event)") !=
        std::string::npos);
  CHECK(text.find("planned │ PUT https://c.example/a.ics\nplanned │ (no body)\n") != std::string::npos);
  CHECK(text.find("asked │ PUT https://c.example/b.ics\nasked │ x1 · allowed") != std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("only the words of the choices are an answer") {
  const auto now = base::parse_time("2026-11-24T12:00:00.000Z").value();
  const auto choice = [&](std::string_view line) { return answer_from(line, now); };
  const auto plain = [](Choice what) { return Answer{what, std::nullopt}; };
  CHECK(choice("o") == plain(Choice::once));
  CHECK(choice(" Once\r") == plain(Choice::once));
  CHECK(choice("T") == plain(Choice::turn));
  CHECK(choice("session") == plain(Choice::session));
  CHECK(choice("n") == plain(Choice::no));
  CHECK(outcome_of(plain(Choice::no)) == "not allowed");
  for (const auto* wrong : {"", " ", "y", "yes", "on", "oo", "once upon a time", "nope", "1", "o nce", "once 2h"})
    CHECK_FALSE(choice(wrong).has_value());
}

TEST_CASE("an answer may have an end, from now on or at a time of the next 30 days, and nothing else") {
  const auto now = base::parse_time("2026-11-24T12:00:00.000Z").value();
  const auto end = [&](const std::string& words) -> std::string {
    const auto answer = answer_from(words, now);
    return answer && answer->until ? base::format_time(*answer->until) : "none";
  };
  CHECK(end("until 2h") == "2026-11-24T14:00:00.000Z");
  CHECK(end(" U  90m\r") == "2026-11-24T13:30:00.000Z");
  CHECK(end("u 30d") == "2026-12-24T12:00:00.000Z");
  CHECK(end("until 2026-11-25T00:00:00Z") == "2026-11-25T00:00:00.000Z");
  CHECK(end("until 2026-11-25T00:00:00.250Z") == "2026-11-25T00:00:00.250Z");
  for (const auto* wrong : {"until", "u", "u 0h", "u -1h", "u 31d", "u 2", "u h", "u 2w", "u 2h 3m", "u2h", "u 99999d",
                            "u 999999h", "u 2026-11-24T12:00:00Z", "u 2020-01-01T00:00:00Z", "u 2027-01-01T00:00:00Z",
                            "u 2026-11-25", "u 2026-11-25T00:00:00+01:00", "2h"}) {
    CAPTURE(wrong);
    CHECK(end(wrong) == "none");
  }
  CHECK(outcome_of(answer_from("u 2h", now).value()) == "allowed: until 2026-11-24T14:00:00.000Z");
}

TEST_CASE("a part of the account and another account are chosen by number or by name") {
  const auto now = base::parse_time("2026-11-24T12:00:00.000Z").value();
  const policy::Choices offered{{{base::ConnectionId::parse("home").value(), "https://a/"},
                                 {base::ConnectionId::parse("work").value(), "https://b/"}},
                                {"/ada/play/", "/ada/work/"}};
  const auto part = [&](std::string_view line) {
    const auto answer = answer_from(line, now, offered);
    return answer ? answer->within.value_or("all") : "nothing";
  };
  CHECK(part("s in 2") == "/ada/work/");
  CHECK(part("TURN IN 1") == "/ada/play/");
  CHECK(part("until 2h in /ada/Deep/") == "/ada/Deep/");
  CHECK(part("session") == "all");
  for (const auto* line : {"s in 3", "s in 0", "s in", "s in ada/", "s in /ada/../b/", "s in /ada", "o in 1", "n in 1",
                           "in 1", "s in 1 in 2"}) {
    CAPTURE(line);
    CHECK(part(line) == "nothing");
  }
  const auto account = [&](std::string_view line) {
    const auto answer = answer_from(line, now, offered);
    return answer && answer->account ? answer->account->text() : "nothing";
  };
  CHECK(account("use 2") == "work");
  CHECK(account("USE other") == "other");
  for (const auto* line : {"use", "use ", "use a b", "use /x/", "s"})
    CHECK(account(line) == "nothing");
  CHECK(outcome_of(*answer_from("use 2", now, offered)) == "asked anew about work");
  CHECK(outcome_of(*answer_from("s in 2", now, offered)) == "allowed: session, in /ada/work/");
}

TEST_CASE("only what settles a question takes it away from the person who is asked") {
  std::vector<base::Code> settling;
  std::ranges::copy_if(base::all_codes(), std::back_inserter(settling),
                       [](base::Code code) { return !still_waits_after(code); });
  CHECK(settling ==
        std::vector{base::Code::forbidden, base::Code::not_found, base::Code::conflict, base::Code::expired});
}

TEST_CASE("a question without a whole challenge is not asked") {
  CHECK_FALSE(question_from(Value::Object{}, {}).ok());
  CHECK_FALSE(question_from(Value::Object{{"challenge", Value::Object{{"id", "c"}}}}, {}).ok());
}

TEST_CASE("changes that run by themselves stand first, and refused ones are never applied") {
  const std::vector<launch::Change> changes{{"notes.txt", launch::ChangeKind::modified, 12, false, false},
                                            {".git/hooks/pre-commit", launch::ChangeKind::added, 90, true, true},
                                            {"link", launch::ChangeKind::refused, 0, false, false},
                                            {"a\x1b[2Jb", launch::ChangeKind::deleted, 0, false, false}};
  const auto text = to_text(changes);
  CHECK(text.find("pre-commit") < text.find("notes.txt"));
  CHECK(text.find("LOOK AT THESE FIRST") != std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(applicable(changes) == std::vector<std::string>{"notes.txt", ".git/hooks/pre-commit", "a\x1b[2Jb"});
  CHECK(to_text(std::vector<launch::Change>{}) == "The agent changed nothing in your folder.\n");
}

TEST_CASE("the command line becomes one typed value") {
  const auto run = parsed<Run>({"run", "--workspace", "/w", "--apply", "--", "sh", "-c", "echo --json"});
  CHECK(run.workspace == "/w");
  CHECK(run.apply);
  CHECK(run.command == std::vector<std::string>{"sh", "-c", "echo --json"});
  const auto connect = parsed<Connect>({"connect", "caldav", "--url", "https://a/b/", "--user", "ada",
                                        "--confirm-address", "10.0.0.1:443", "--confirm-address", "[::1]:443"});
  CHECK(connect.confirmed.size() == 2);
  CHECK(parsed<Approve>({"approve", "c1", "--once"}).answer == "once");
  CHECK(parsed<Approve>({"approve", "c1", "--deny"}).answer == "no");
  CHECK(parsed<Approve>({"approve", "c1", "--until", "2h"}).answer == "until 2h");
  CHECK(parsed<Login>({"login", "bob"}).name == "bob");
  CHECK(parsed<AuditVerify>({"audit", "verify", "--session", "s1"}).session == "s1");
  CHECK(parsed<Grants>({"grants", "s1", "--revoke", "g1"}).revoke == "g1");
  CHECK(read_command_line({"sessions", "--json"}).json);
  CHECK(read_command_line({"--json", "sessions"}).json);
  CHECK_FALSE(read_command_line({"run", "--", "x", "--json"}).json);
}

TEST_CASE("a wrong command line says so and ends with 2, help ends with 0") {
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{},
                                                {"fly"},
                                                {"run"},
                                                {"connect", "imap", "--url", "u", "--user", "n"},
                                                {"connect", "caldav", "--url", "u", "--user", "n", "--password", "p"},
                                                {"approve", "c", "--once", "--deny"},
                                                {"approve", "c", "--once", "--until", "2h"},
                                                {"approve", "c", "--until"},
                                                {"audit"},
                                                {"login"},
                                                {"login", "bob", "password"},
                                                {"login", "bob", "--password", "p"},
                                                {"run", "--apply", "--discard", "--", "x"}}) {
    const auto line = read_command_line(wrong);
    REQUIRE(std::holds_alternative<Print>(line.command));
    CHECK(std::get<Print>(line.command).status == exit_usage);
  }
  CHECK(parsed<Print>({"--help"}).status == exit_ok);
  CHECK(parsed<Print>({"run", "--help"}).text.find("Example") != std::string::npos);
}

TEST_CASE("an error is printed as docs/errors.md says: message, next step, code") {
  std::string folder = (std::filesystem::temp_directory_path() / "x1-none-XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  const std::string sentence = "The platform does not run.";
  std::ostringstream out, err, json;
  CHECK(main_with({"--state", folder, "status"}, out, err) == exit_not_running);
  CHECK(err.str().starts_with("x1: " + sentence + " "));
  CHECK(err.str().ends_with(" [unavailable]\n"));
  CHECK(main_with({"--state", folder, "--json", "status"}, out, json) == exit_not_running);
  CHECK(json.str().starts_with(R"({"code":"unavailable","message":")" + sentence));
  CHECK(out.str().empty());
  std::filesystem::remove_all(folder);
}

TEST_CASE("a reason ends a sentence with one full stop") {
  CHECK(ending_with("timed_out: It took too long.") == "timed_out: It took too long.");
  CHECK(ending_with("the agent ended") == "the agent ended.");
  CHECK(ending_with("a\x1b[2J.. ") == "a<U+001B>[2J.");
  CHECK(ending_with("") == ".");
}

TEST_CASE("the platform's rows say who may have signed a session's, and where they end") {
  Rows platform("platform");
  Rows session("s1");
  const auto boot = crypto::to_text(session.key.public_key());
  session.add("session.boot", Value::Object{{"boot_key", boot}});
  session.add("call.dialled");
  platform.add("session.booted", Value::Object{{"boot_key", boot}}, "s1");
  platform.add("session.ended", Value::Object{{"rows", 2}, {"head", crypto::to_hex(session.chain.head())}}, "s1");
  const auto facts = facts_of(platform.lines);
  REQUIRE(facts.contains("s1"));
  CHECK(facts.at("s1").boot_keys.contains(boot));
  REQUIRE(facts.at("s1").head.has_value());
  CHECK(facts.at("s1").head->first == 2);
  CHECK(chain_of(session.lines) == "s1");
}

TEST_CASE("a changed byte and a cut end are found, and the row is named") {
  Rows rows("platform");
  for (int i = 0; i < 5; ++i)
    rows.add("session.created");
  const SeenHead head(5, rows.chain.head());
  CHECK_FALSE(check_rows(rows.lines, rows.trust(), head).broken_at.has_value());

  auto changed = rows.lines;
  changed[2][changed[2].find("ada")] = 'b';
  const auto verdict = check_rows(changed, rows.trust(), std::nullopt);
  CHECK(verdict.broken_at == 3);
  CHECK(to_text("platform", verdict).starts_with("NOT WHOLE: row 3 of platform."));
  CHECK(*to_value("platform", verdict).find_integer("broken_at") == 3);

  auto cut = rows.lines;
  cut.pop_back();
  CHECK(check_rows(cut, rows.trust(), head).broken_at == 5);
  CHECK(row_text(rows.lines[0]).find("session.created  by ada") != std::string::npos);
  CHECK(row_text("rubbish") == "  (a row that can't be read)\n");
}

TEST_CASE("the last head of each chain is remembered") {
  std::string folder = (std::filesystem::temp_directory_path() / "x1-heads-XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  const HeadMemory memory(folder + "/heads");
  CHECK_FALSE(memory.seen("platform").has_value());
  const SeenHead head(7, crypto::sha256(std::string_view("x")));
  REQUIRE(memory.keep("platform", head).ok());
  CHECK(memory.seen("platform") == head);
  CHECK_FALSE(memory.keep("../x", head).ok());
  std::filesystem::remove_all(folder);
}

}  // namespace x1::cli
