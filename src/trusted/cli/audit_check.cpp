#include "cli/audit_check.hpp"

#include <charconv>
#include <cstdlib>
#include <filesystem>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "os/file.hpp"
#include "policy/dialog.hpp"

namespace x1::cli {
namespace {

using wire::Value;

std::optional<SeenHead> head_of(const Value& detail) {
  const auto* rows = detail.find_integer("rows");
  const auto* head = detail.find_string("head");
  if (rows == nullptr || head == nullptr || *rows < 1) return std::nullopt;
  const auto digest = crypto::digest_from_hex(*head);
  if (!digest.ok()) return std::nullopt;
  return SeenHead(static_cast<std::uint64_t>(*rows), *digest);
}

}  // namespace

std::map<std::string, SessionFacts> facts_of(const std::vector<std::string>& platform_lines) {
  std::map<std::string, SessionFacts> facts;
  for (const auto& line : platform_lines) {
    const auto decoded = audit::decode_line(line);
    if (!decoded.ok()) continue;
    const auto& entry = decoded->row.entry;
    if (entry.kind == "session.booted") {
      if (const auto* key = entry.detail.find_string("boot_key")) facts[entry.target].boot_keys.insert(*key);
    } else if (entry.kind == "session.ended") {
      facts[entry.target].head = head_of(entry.detail);
    }
  }
  return facts;
}

std::string chain_of(const std::vector<std::string>& lines) {
  const auto first = lines.empty() ? base::Result<audit::SignedRow>(base::Error{}) : audit::decode_line(lines.front());
  return first.ok() ? first->row.chain : std::string();
}

audit::Verdict check_rows(const std::vector<std::string>& lines, audit::Trust trust,
                          const std::optional<SeenHead>& seen) {
  audit::Verifier verifier(std::move(trust));
  for (const auto& line : lines) {
    if (!verifier.feed(line)) break;
  }
  return verifier.finish(seen);
}

Value to_value(const std::string& chain, const audit::Verdict& verdict) {
  Value::Object object{{"chain", chain},
                       {"ok", !verdict.broken_at.has_value()},
                       {"rows", static_cast<std::int64_t>(verdict.rows)},
                       {"head", crypto::to_hex(verdict.head)},
                       {"closed", verdict.closed}};
  if (verdict.broken_at) {
    object.emplace("broken_at", static_cast<std::int64_t>(*verdict.broken_at));
    object.emplace("reason", verdict.reason);
  }
  return object;
}

std::string to_text(const std::string& chain, const audit::Verdict& verdict) {
  if (verdict.broken_at) {
    return "NOT WHOLE: row " + std::to_string(*verdict.broken_at) + " of " + policy::visible(chain) + ". " +
           policy::visible(verdict.reason) + "\n";
  }
  return "whole: " + std::to_string(verdict.rows) + " rows of " + policy::visible(chain) + ", head " +
         crypto::to_hex(verdict.head) + (verdict.closed ? ", closed\n" : ", still open\n");
}

std::string row_text(std::string_view line) {
  const auto decoded = audit::decode_line(line);
  if (!decoded.ok()) return "  (a row that can't be read)\n";
  const auto& row = decoded->row;
  const auto& entry = row.entry;
  std::string out = "#" + std::to_string(row.seq) + "  " + base::format_time(entry.time) + "  " + entry.kind;
  const auto add = [&out](std::string_view label, const std::string& text) {
    if (!text.empty()) out.append("  ").append(label).append(policy::visible(text));
  };
  add("by ", entry.actor);
  if (entry.turn != 0) add("turn ", std::to_string(entry.turn));
  add("", entry.tool);
  add("scope ", entry.scope);
  add("grant ", entry.grant);
  add("", entry.target);
  add("→ ", entry.outcome);
  return out + "\n";
}

HeadMemory HeadMemory::usual() {
  const auto variable = [](const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
  };
  const auto state = variable("XDG_STATE_HOME");
  return HeadMemory((state.empty() ? variable("HOME") + "/.local/state" : state) + "/x1agent-heads");
}

std::optional<SeenHead> HeadMemory::seen(const std::string& chain) const {
  if (!base::is_id_text(chain)) return std::nullopt;
  const auto text = os::read_file(folder_ + "/" + chain, 256);
  if (!text.ok()) return std::nullopt;
  const auto space = text->find(' ');
  if (space == std::string::npos || text->size() < space + 65) return std::nullopt;
  std::uint64_t seq = 0;
  std::from_chars(text->data(), std::to_address(text->begin() + static_cast<std::ptrdiff_t>(space)), seq);
  const auto digest = crypto::digest_from_hex(std::string_view(*text).substr(space + 1, 64));
  if (!digest.ok() || seq == 0) return std::nullopt;
  return SeenHead(seq, *digest);
}

base::Status HeadMemory::keep(const std::string& chain, const SeenHead& head) const {
  if (!base::is_id_text(chain)) return base::Error{base::Code::invalid_request, "The chain has no proper name.", ""};
  std::error_code failed;
  std::filesystem::create_directories(folder_, failed);
  return os::write_file(folder_ + "/" + chain, std::to_string(head.first) + " " + crypto::to_hex(head.second) + "\n");
}

}  // namespace x1::cli
