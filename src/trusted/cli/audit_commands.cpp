// audit show, audit verify.
#include <ostream>

#include "base/id.hpp"
#include "cli/audit_check.hpp"
#include "cli/commands.hpp"
#include "cli/exit_status.hpp"
#include "launch/api_keys.hpp"
#include "launch/layout.hpp"
#include "os/file.hpp"
#include "wire/json.hpp"

namespace x1::cli {
namespace {

using base::Code;
using base::Error;
using wire::Value;
using Lines = std::vector<std::string>;

constexpr std::size_t max_file_bytes = 1 << 30;

// All rows of a chain, page by page.
base::Result<Lines> fetch(const ApiClient& api, const std::string& path) {
  Lines lines;
  for (;;) {
    X1_TRY(page, api.get(path + "?after=" + std::to_string(lines.size())));
    const auto* more = page.find("lines");
    if (more == nullptr || more->array() == nullptr || more->array()->empty()) return lines;
    for (const auto& line : *more->array())
      lines.push_back(line.string() == nullptr ? std::string() : *line.string());
  }
}

base::Result<std::string> audit_path(const std::string& session) {
  if (!base::is_id_text(session)) return Error{Code::invalid_request, "That is not the id of a session.", ""};
  return "/sessions/" + session + "/audit";
}

base::Result<Lines> read_lines(const std::string& file) {
  X1_TRY(text, os::read_file(file, max_file_bytes));
  Lines lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const auto end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

Error no_key(const std::string& file) {
  return {Code::not_found, "keys/" + file + " is not in the state folder.", "See --state."};
}

base::Result<audit::Trust> trust_in_vault(const Context& context) {
  const auto text = os::read_file(launch::Layout(context.state).vault_audit_key(), 256);
  if (!text.ok()) return no_key("vault-audit.pub");
  X1_TRY(key, crypto::public_key_from_text(text->substr(0, text->find('\n'))));
  return audit::Trust{{{crypto::key_id(key), key}}, {}, {}};
}

// The keys that the supervisor has written down: the API can't have another one believed, here neither.
base::Result<audit::Trust> trust_in_platform(const Context& context) {
  const auto keys = launch::read_api_keys(launch::Layout(context.state).api_keys());
  if (!keys.ok()) return keys.error().code == Code::not_found ? no_key("api.json") : keys.error();
  audit::Trust trust;
  for (const auto& each : keys->keys) {
    trust.keys.emplace(crypto::key_id(each.key), each.key);
    trust.in_turn.push_back(crypto::key_id(each.key));
  }
  return trust;
}

// Signed by the boot keys that the platform's own chain names for this session, and by no other.
audit::Trust trust_in(const SessionFacts& facts) {
  return audit::Trust{
      {}, [keys = facts.boot_keys](const crypto::PublicKey& key) { return keys.contains(crypto::to_text(key)); }, {}};
}

base::Result<SessionFacts> facts_about(const Context& context, const AuditVerify& what, const std::string& session) {
  X1_TRY(lines, what.platform.empty() ? fetch(context.api(), "/audit") : read_lines(what.platform));
  X1_TRY(trust, trust_in_platform(context));
  const auto verdict = check_rows(lines, std::move(trust), std::nullopt);
  if (verdict.broken_at) {
    return Error{Code::invalid_token, "The platform's own rows do not hold: " + verdict.reason, ""};
  }
  auto facts = facts_of(lines);
  return facts[session];
}

base::Result<audit::Verdict> judge(const Context& context, const AuditVerify& what, const std::string& chain,
                                   const Lines& lines, std::optional<SeenHead> seen) {
  if (chain == "platform" || chain == "vault") {
    X1_TRY(trust, chain == "platform" ? trust_in_platform(context) : trust_in_vault(context));
    return check_rows(lines, std::move(trust), seen);
  }
  X1_TRY(facts, facts_about(context, what, chain));
  // The platform's record of where the session ended weighs more than what was seen here while it ran.
  auto verdict = check_rows(lines, trust_in(facts), facts.head ? facts.head : seen);
  if (!verdict.broken_at && facts.head && seen) verdict = check_rows(lines, trust_in(facts), seen);
  return verdict;
}

}  // namespace

Outcome perform(const Context& context, const AuditShow& what) {
  std::string path = "/audit";
  if (!what.session.empty()) {
    X1_TRY(of_session, audit_path(what.session));
    path = of_session;
  }
  X1_TRY(lines, fetch(context.api(), path));
  for (const auto& line : lines) {
    // --raw and --json are the same here: a row is one line of canonical JSON already.
    context.out << (what.raw || context.json ? line + "\n" : row_text(line));
  }
  context.out << std::flush;
  return exit_ok;
}

Outcome perform(const Context& context, const AuditVerify& what) {
  std::string chain = what.session.empty() ? "platform" : what.session;
  Lines lines;
  if (!what.file.empty()) {
    X1_TRY(read, read_lines(what.file));
    lines = std::move(read);
    chain = chain_of(lines);
    if (chain.empty() && !lines.empty()) {
      // The first row is damaged: its chain has to be taken from another row to say so properly.
      for (auto at = std::size_t{1}; at < lines.size() && chain.empty(); ++at)
        chain = chain_of({lines[at]});
    }
  } else {
    std::string path = "/audit";
    if (!what.session.empty()) {
      X1_TRY(of_session, audit_path(what.session));
      path = of_session;
    }
    X1_TRY(fetched, fetch(context.api(), path));
    lines = std::move(fetched);
  }
  if (chain.empty()) return Error{Code::invalid_request, "There are no audit rows in it.", ""};
  const auto memory = HeadMemory::usual();
  X1_TRY(verdict, judge(context, what, chain, lines, memory.seen(chain)));
  // A copy in a file proves nothing new about where the chain ends now.
  if (!verdict.broken_at && verdict.rows > 0 && what.file.empty()) {
    X1_TRY(kept, memory.keep(chain, SeenHead(verdict.rows, verdict.head)));
  }
  context.say(to_value(chain, verdict), to_text(chain, verdict));
  return verdict.broken_at ? exit_refused : exit_ok;
}

}  // namespace x1::cli
