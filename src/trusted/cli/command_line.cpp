// The only file that includes CLI11, which is slow to compile.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <functional>
#include <sstream>

#include "base/id.hpp"
#include "cli/completion.hpp"
#include "cli/exit_status.hpp"
#include "cli/options.hpp"

namespace x1::cli {
namespace {

// What an argument is, as `--help` says it and a shell completes it (completion.hpp): a kind of `x1 candidates`, or
// FILE.
constexpr auto session_id = "SESSION";
constexpr auto question_id = "QUESTION";
constexpr auto grant_id = "GRANT";
constexpr auto denied_id = "DENIED";
constexpr auto connection_id = "CONNECTION";
constexpr auto person_id = "PERSON";
constexpr auto file_path = "FILE";

// A subcommand that leaves `what` as the command when it is the one that was given.
template <class Options>
CLI::App* offer(CLI::App& app, Command& command, const std::string& name, const std::string& help, Options& what) {
  auto* sub = app.add_subcommand(name, help);
  sub->callback([&command, &what] { command = what; });
  return sub;
}

void offer_platform(CLI::App& app, Command& command, Up& up, Down& down, Doctor& doctor, Status& status,
                    Version& version, Token& token, Link& link, Uninstall& uninstall) {
  auto* start = offer(app, command, "up", "Start the platform on this machine", up);
  start->add_flag("--foreground", up.foreground, "Stay, and stop everything on Ctrl-C");
  start->add_option("--port", up.port, "Port of the web interface on 127.0.0.1 (0: any)")->capture_default_str();
  start->add_option("--programs", up.programs, "Folder of the x1 programs")->type_name(file_path);
  start->add_option("--share", up.share, "Folder of providers and agents")->type_name(file_path);
  offer(app, command, "down", "Stop the platform and everything that it started", down);
  offer(app, command, "status", "What runs now, and what this machine could not limit", status);
  offer(app, command, "doctor", "What isolation this machine offers, and what to do about what is missing", doctor);
  offer(app, command, "version", "The version of this program", version);
  offer(app, command, "token", "A bearer of yours for the REST interface; keep it to yourself", token);
  offer(app, command, "link", "A link that lets your browser in as the owner, once, within five minutes", link);
  auto* remove = offer(app, command, "uninstall", "Remove the state; says which packages stay", uninstall);
  remove->add_flag("--yes", uninstall.yes, "Do not ask");
}

void offer_logins(CLI::App& app, Command& command, Login& login, Logout& logout) {
  auto* in = offer(app, command, "login", "Act as another account of this platform, until `x1 logout`", login);
  in->add_option("name", login.name, "The account's name")->required();
  in->footer("The password is read from the terminal or stdin, never from an argument.");
  offer(app, command, "logout", "End that login; x1 acts as the owner again", logout);
}

void offer_passkeys(CLI::App& app, Command& command, PasskeyEnroll& enroll, PasskeyList& list, PasskeyRemove& remove) {
  auto* passkey = app.add_subcommand("passkey", "The keys by which you confirm what is of high risk");
  passkey->require_subcommand(1);
  auto* first =
      offer(*passkey, command, "enroll", "Make a key of yours on this machine, and have the vault pin it", enroll);
  first->footer("Its passphrase is read from the terminal or stdin, never from an argument.");
  offer(*passkey, command, "list", "What the vault has pinned for you", list);
  auto* less = offer(*passkey, command, "remove", "Pin one no longer; the last one stays", remove);
  less->add_option("id", remove.id, "The passkey's id")->required();
}

void offer_keys(CLI::App& app, Command& command, Keys& list, KeysRotate& rotate) {
  auto* keys = app.add_subcommand("keys", "By which keys the platform's word is believed, and since when");
  keys->callback([&command, &list, keys] {
    if (keys->get_subcommands().empty()) command = list;
  });
  auto* next = offer(*keys, command, "rotate", "Have another key sign from now on; everything goes on", rotate);
  next->add_flag("--revoke-old", rotate.revoke_old,
                 "Believe no earlier key any more: ends the open turns and all grants");
}

void offer_agents(CLI::App& app, Command& command, Run& run, Chat& chat, Sessions& sessions, Kill& kill) {
  auto* start = offer(app, command, "run", "Run a command as the agent, in a sandbox", run);
  start->add_option("--workspace", run.workspace, "Your folder: the agent works on an overlay, you apply its changes")
      ->type_name(file_path);
  auto* apply = start->add_flag("--apply", run.apply, "Apply all changes without asking");
  start->add_flag("--discard", run.discard, "Apply none, without asking")->excludes(apply);
  start->add_option("command", run.command, "After --: the command and its arguments")->required();
  start->footer("Example: x1 run --workspace ~/notes -- bash");

  auto* talk = offer(app, command, "chat", "Talk to an agent, line by line", chat);
  auto* session = talk->add_option("--session", chat.session, "Join this session")->type_name(session_id);
  talk->add_option("--workspace", chat.workspace, "Your folder, as for run")->type_name(file_path)->excludes(session);
  talk->add_option("command", chat.command, "After --: a command that is run for each message")->excludes(session);
  talk->footer("Example: x1 chat -- my-agent --print");

  auto* list = offer(app, command, "sessions", "List your sessions, or end one", sessions);
  list->add_option("--end", sessions.end, "End this session")->type_name(session_id);
  auto* at_once = offer(app, command, "kill", "Stop everything in a session, now", kill);
  at_once->add_option("session", kill.session, "The session")->type_name(session_id)->required();
  at_once->footer(
      "Takes back every permission, ends the turn, empties the queue and kills what runs. Anybody in the\n"
      "session who is not a viewer can.");
}

void offer_people(CLI::App& app, Command& command, Invite& invite, Join& join, Leave& leave, People& people) {
  auto* asked = offer(app, command, "invite", "Let somebody else into a session of yours", invite);
  asked->add_option("session", invite.session, "The session")->type_name(session_id)->required();
  asked->add_flag("--viewer", invite.viewer, "To see only, not to speak");
  asked->add_option("--for", invite.name, "Only the account of this name can use it");
  asked->footer("Prints an invitation that is good once, for ten minutes.");
  offer(app, command, "join", "Come into a session with an invitation", join)
      ->footer("The invitation is read from the terminal or stdin, never from an argument.");
  offer(app, command, "leave", "Leave a session that is somebody else's", leave)
      ->add_option("session", leave.session, "The session")
      ->type_name(session_id)
      ->required();
  auto* list = offer(app, command, "people", "Who is in a session, whose turn it is and who waits", people);
  list->add_option("session", people.session, "The session")->type_name(session_id)->required();
  list->add_option("--remove", people.remove, "Take this person out of it (its owner can)")->type_name(person_id);
}

// In small letters: a kind of id or "file" as above, "text" for any other value, "" for what takes none.
std::string kind_of(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0) return "";
  auto type = option.get_type_name();
  type = type.substr(0, type.find(':'));  // what checks it stands behind
  constexpr std::array<std::string_view, 7> known{session_id,    question_id, grant_id, denied_id,
                                                  connection_id, person_id,   file_path};
  if (std::ranges::find(known, type) == known.end()) return "text";
  std::ranges::transform(type, type.begin(), [](char c) { return static_cast<char>(c - 'A' + 'a'); });
  return type;
}

// Of the command line as it was just described; the script is made when it is asked for.
CommandTree tree_of(const CLI::App& app) {
  CommandTree tree{app.get_name(), app.get_description(), {}, {}, ""};
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames())
      tree.options.push_back({"--" + name, kind_of(*option)});
    if (option->get_positional() && tree.argument.empty()) tree.argument = kind_of(*option);
  }
  for (const auto* sub : app.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); }))
    tree.commands.push_back(tree_of(*sub));
  return tree;
}

void offer_completion(CLI::App& app, Command& command, Completion& completion) {
  auto* sub = app.add_subcommand("completion", "A script that completes x1's commands in your shell");
  sub->add_option("shell", completion.shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  sub->footer("Example: source <(x1 completion bash)");
  sub->callback([&] {
    completion.script = completion_script(tree_of(app), completion.shell);
    command = completion;
  });
}

// In no help and no script's words: a script itself asks it.
void offer_candidates(CLI::App& app, Command& command, Candidates& candidates) {
  auto* sub = offer(app, command, "candidates", "Ids for a completion script", candidates);
  sub->group("");
  sub->add_option("kind", candidates.kind)->required();
  sub->add_option("words", candidates.words);
}

void offer_consent(CLI::App& app, Command& command, Approve& approve, Grants& grants) {
  auto* ask = offer(app, command, "approve", "Answer what your agents ask for", approve);
  ask->add_option("challenge", approve.challenge, "The question's id; without one, each that waits")
      ->type_name(question_id);
  ask->add_option("--session", approve.session, "Only questions of this session")->type_name(session_id);
  const auto answer = [&, ask](const std::string& flag, const std::string& name, const std::string& help) {
    return ask->add_flag_callback(flag, [&approve, name] { approve.answer = name; }, help);
  };
  auto* once = answer("--once", "once", "Allow this one call");
  auto* turn = answer("--turn", "turn", "Allow until the turn ends");
  auto* whole = answer("--for-session", "session", "Allow for the whole session");
  auto* until = ask->add_option_function<std::string>(
      "--until", [&approve](const std::string& end) { approve.answer = "until " + end; },
      "Allow until then: 30m, 2h, 3d, or a time like 2026-11-24T19:55:00Z");
  auto* deny = answer("--deny", "no", "Do not allow it");
  auto* never = answer("--deny-for-session", "deny", "Do not allow it, and be asked no more in this session");
  auto* other = ask->add_option_function<std::string>(
                       "--connection", [&approve](const std::string& id) { approve.answer = "use " + id; },
                       "Have it asked about this other account of yours instead")
                    ->type_name(connection_id);
  const std::array all{once, turn, whole, until, deny, never, other};
  for (std::size_t one = 0; one < all.size(); ++one) {
    for (std::size_t next = one + 1; next < all.size(); ++next)
      all.at(one)->excludes(all.at(next));
  }
  const auto limit = [&, ask](const std::string& flag, const std::string& help) {
    auto* option = ask->add_option_function<std::string>(
        flag, [&approve, flag](const std::string& value) { approve.limits += " " + flag + " " + value; }, help);
    for (auto* refused : {once, deny, never, other})
      option->excludes(refused);
  };
  limit("--uses", "With --turn, --for-session or --until: for so many calls");
  limit("--bytes", "The same: for so much sent and received, like 500kB, 2MB");
  ask->add_option("--within", approve.within, "The same: in this part of the account only, a path that ends with /")
      ->excludes(once)
      ->excludes(deny)
      ->excludes(never)
      ->excludes(other);
  ask->footer("Example: x1 approve h3kq7vzn2cwxy --for-session --uses 5");

  auto* list = offer(app, command, "grants", "What you have allowed in a session, and taking it back", grants);
  auto* session =
      list->add_option("session", grants.session, "The session; without one, all that live")->type_name(session_id);
  auto* one = list->add_option("--revoke", grants.revoke, "Take this grant back, from the next call on")
                  ->type_name(grant_id)
                  ->needs(session);
  auto* every = list->add_flag("--revoke-all", grants.revoke_all, "Take back all of yours, there or everywhere");
  auto* lift = list->add_option("--lift", grants.lift, "Be asked again what you denied for the session")
                   ->type_name(denied_id)
                   ->needs(session);
  one->excludes(every)->excludes(lift);
  every->excludes(lift);
  list->add_option("--scope", grants.scope, "Only of this scope")->needs(every);
  auto* user = list->add_option("--user", grants.user, "Not yours, but this person's (the session's owner can)")
                   ->type_name(person_id);
  auto* everybody = list->add_flag("--everybody", grants.everybody, "Everybody's (the session's owner can)");
  user->needs(every)->needs(session)->excludes(everybody);
  everybody->needs(every)->needs(session);
}

void offer_connections(CLI::App& app, Command& command, Connect& connect, Connections& connections) {
  auto* add = offer(app, command, "connect", "Connect an account of yours", connect);
  add->add_option("kind", connect.kind, "caldav")->required()->check(CLI::IsMember({"caldav"}));
  add->add_option("--url", connect.url, "The calendar's own URL")->required();
  add->add_option("--user", connect.user, "The user name")->required();
  add->add_option("--ca", connect.ca, "PEM file: an own authority that vouches for the server")
      ->type_name(file_path)
      ->check(CLI::ExistingFile);
  add->add_option("--confirm-address", connect.confirmed, "IP:PORT of a server in your own network")
      ->allow_extra_args(false);
  add->footer(
      "The password is read from the terminal or stdin, never from an argument.\n"
      "Example: x1 connect caldav --url https://cloud.example.org/dav/ada/home/ --user ada");
  auto* list = offer(app, command, "connections", "List your connections, or forget one", connections);
  list->add_option("--remove", connections.remove, "Forget this connection and its password")->type_name(connection_id);
}

void offer_audit(CLI::App& app, Command& command, AuditShow& show, AuditVerify& verify) {
  auto* audit = app.add_subcommand("audit", "Read what happened, and prove that nothing is missing");
  audit->require_subcommand(1);
  auto* read = offer(*audit, command, "show", "The story of a session, or of the platform", show);
  read->add_option("session", show.session, "The session")->type_name(session_id);
  read->add_flag("--raw", show.raw, "The signed rows as they are, for a copy");
  auto* check = offer(*audit, command, "verify", "Check every row and every signature", verify);
  auto* file =
      check->add_option("file", verify.file, "A copy of the rows")->type_name(file_path)->check(CLI::ExistingFile);
  check->add_option("--session", verify.session, "A session's rows, from the platform")
      ->type_name(session_id)
      ->excludes(file);
  check->add_option("--platform", verify.platform, "A copy of the platform's rows, to check a session's by")
      ->type_name(file_path)
      ->check(CLI::ExistingFile)
      ->needs(file);
  check->footer("Ends with 1 and names the row when one was changed, is missing or stands out of order.");
}

}  // namespace

CommandLine read_command_line(std::vector<std::string> arguments) {
  CommandLine line;
  CLI::App app("x1 lets any agent work with your accounts, without giving it a credential.", "x1");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_flag("--json", line.json, "Answer in JSON, one value a line");
  app.add_option("--state", line.state, "The state folder (else X1_STATE_DIR, else the usual one)")
      ->type_name(file_path);
  app.add_option("--login", line.place, "A word for a login of its own beside the usual one (else X1_LOGIN)")
      ->envname("X1_LOGIN")
      ->check(
          [](const std::string& word) { return base::is_id_text(word) ? "" : "is 1 to 64 of a-z, 0-9, '_' and '-'"; });
  app.footer(
      "Exit status: 0 done · 1 refused or failed · 2 wrong command line · 3 the platform is not running · "
      "4 this machine lacks isolation.\nExamples: x1 up · x1 run -- bash · x1 approve · x1 audit verify");

  Up up;
  Down down;
  Doctor doctor;
  Status status;
  Version version;
  Token token;
  Link link;
  Uninstall uninstall;
  Login login;
  Logout logout;
  PasskeyEnroll enroll;
  PasskeyList list;
  PasskeyRemove remove;
  Keys keys;
  KeysRotate rotate;
  Run run;
  Chat chat;
  Sessions sessions;
  Kill kill;
  Invite invite;
  Join join;
  Leave leave;
  People people;
  Completion completion;
  Candidates candidates;
  Approve approve;
  Grants grants;
  Connect connect;
  Connections connections;
  AuditShow show;
  AuditVerify verify;
  offer_platform(app, line.command, up, down, doctor, status, version, token, link, uninstall);
  offer_logins(app, line.command, login, logout);
  offer_passkeys(app, line.command, enroll, list, remove);
  offer_keys(app, line.command, keys, rotate);
  offer_agents(app, line.command, run, chat, sessions, kill);
  offer_people(app, line.command, invite, join, leave, people);
  offer_consent(app, line.command, approve, grants);
  offer_connections(app, line.command, connect, connections);
  offer_audit(app, line.command, show, verify);
  offer_completion(app, line.command, completion);
  offer_candidates(app, line.command, candidates);

  std::ranges::reverse(arguments);  // CLI11 takes them from the back
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& stopped) {
    std::ostringstream text;
    const int status_of_help = app.exit(stopped, text, text);
    line.command = Print{text.str(), status_of_help == 0 ? exit_ok : exit_usage};
  }
  return line;
}

}  // namespace x1::cli
