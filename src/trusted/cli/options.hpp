// What the command line asked for, as one typed value: the only thing that the commands see of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace x1::cli {

struct Up {
  bool foreground = false;
  std::uint16_t port = 7811;
  std::string programs;
  std::string share;
};
struct Down {};
struct Doctor {};
struct Status {};
struct Version {};
struct Token {};
struct Link {};
struct Login {
  std::string name;
};
struct Logout {};
struct Uninstall {
  bool yes = false;
};
struct Run {
  std::string workspace;
  std::vector<std::string> command;
  bool apply = false;    // without asking
  bool discard = false;  // without asking
};
struct Chat {
  std::string session;  // join this one; or start one with
  std::vector<std::string> command;
  std::string workspace;
};
struct PasskeyEnroll {};
struct PasskeyList {};
struct PasskeyRemove {
  std::string id;
};
struct Keys {};
struct KeysRotate {
  bool revoke_old = false;
};
struct Approve {
  std::string challenge;  // empty: ask about each one that waits
  std::string session;    // only of this one
  std::string answer;     // "once", "turn", "session", "until …", "no", "deny", "use ID"; empty: ask
  std::string limits;     // " --uses 5 --bytes 2MB", to go behind it
  std::string within;     // the part of the account, to go behind that
};
struct Grants {
  std::string session;
  std::string revoke;       // id of the grant to take back
  bool revoke_all = false;  // of the session, or of all sessions;
  std::string scope;        // only of this one
  std::string user;         // of somebody else, by id or name
  bool everybody = false;
  std::string lift;  // id of the question that was denied for the session
};
struct Connect {
  std::string kind;
  std::string url;
  std::string user;
  std::string ca;  // file
  std::vector<std::string> confirmed;
};
struct Connections {
  std::string remove;
};
struct Invite {
  std::string session;
  bool viewer = false;
  std::string name;  // of the only account that may use it
};
struct Join {};
struct Leave {
  std::string session;
};
struct People {
  std::string session;
  std::string remove;  // user id or name
};
struct Completion {
  std::string shell;   // "bash", "zsh", "fish"
  std::string script;  // for it
};
// Asked by a completion script, not by people.
struct Candidates {
  std::string kind;                // "session", "question", …
  std::vector<std::string> words;  // of the line so far
};
struct Sessions {
  std::string end;
};
struct Kill {
  std::string session;
};
struct AuditShow {
  std::string session;  // empty: the platform's chain
  bool raw = false;
};
struct AuditVerify {
  std::string file;
  std::string session;
  std::string platform;  // file with the platform's rows, for a session's file while nothing runs
};
// Help, or what is wrong with the command line.
struct Print {
  std::string text;
  int status = 0;
};

using Command =
    std::variant<Print, Up, Down, Doctor, Status, Version, Uninstall, Run, Chat, Approve, Grants, Connect, Connections,
                 Sessions, AuditShow, AuditVerify, Token, Link, Login, Logout, PasskeyEnroll, PasskeyList,
                 PasskeyRemove, Keys, KeysRotate, Invite, Join, Leave, People, Completion, Candidates, Kill>;

struct CommandLine {
  bool json = false;
  std::string state;  // empty: the usual one
  std::string place;  // of the login; empty: the usual one
  Command command;
};

// `arguments` without the program's name.
[[nodiscard]] CommandLine read_command_line(std::vector<std::string> arguments);

}  // namespace x1::cli
