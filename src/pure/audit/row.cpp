#include "audit/row.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "wire/fields.hpp"
#include "wire/json.hpp"

namespace x1::audit {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t max_line_bytes = 8 << 20;  // a question with sixteen bodies of 64 KiB, escaped
constexpr std::size_t max_depth = 64;            // what was parsed within limits, and the row around it
constexpr std::size_t max_name = 64;
constexpr std::size_t max_tool = 128;
constexpr std::size_t max_target = 16 * 1024;
constexpr std::size_t max_outcome = 1024;
constexpr std::int64_t max_safe_integer = 9'007'199'254'740'991;

// What the signature is over: a text that is no part of any token, so that no token can stand for a row.
std::string signed_text(const crypto::Digest& hash) { return "x1-audit-row." + crypto::to_hex(hash); }

// Plain ASCII, the common case, is copied; anything else goes through the one writer of JSON.
void append_string(std::string& out, std::string_view text) {
  const bool plain = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
  if (plain) {
    out.append("\"").append(text).append("\"");
  } else {
    out.append(wire::canonical_json(wire::Value(text)));
  }
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":");
  append_string(out, text);
}

void append_member(std::string& out, std::string_view name, std::uint64_t number) {
  out.append(",\"").append(name).append("\":").append(std::to_string(number));
}

// The canonical JSON (RFC 8785) of a row, members in their order, written straight out: a Value would cost more than
// the hash.
std::string row_text(const Row& row) {
  const Entry& entry = row.entry;
  std::string out;
  out.reserve(1024);
  out.append("{\"actor\":");
  append_string(out, entry.actor);
  append_member(out, "chain", row.chain);
  out.append(",\"detail\":").append(entry.detail.is_null() ? "null" : wire::canonical_json(entry.detail));
  append_member(out, "digest", entry.digest);
  append_member(out, "grant", entry.grant);
  append_member(out, "kid", row.kid);
  append_member(out, "kind", entry.kind);
  append_member(out, "outcome", entry.outcome);
  append_member(out, "previous", crypto::to_hex(row.previous));
  append_member(out, "scope", entry.scope);
  append_member(out, "seq", row.seq);
  append_member(out, "target", entry.target);
  append_member(out, "time", base::format_time(entry.time));
  append_member(out, "tool", entry.tool);
  append_member(out, "turn", entry.turn);
  return out.append("}");
}

base::Result<Row> row_from(const wire::Value& value) {
  wire::Fields fields(value, "the row");
  Row row;
  row.chain = fields.string("chain", max_name);
  row.seq = static_cast<std::uint64_t>(fields.integer("seq", 1, max_safe_integer));
  const auto previous = crypto::digest_from_hex(fields.string("previous", 64));
  if (!previous.ok()) fields.fail("previous", "is not a digest");
  row.kid = fields.string("kid", max_name);
  const auto time = base::parse_time(fields.string("time", 24));
  if (!time.ok()) fields.fail("time", "is not a time");
  Entry& entry = row.entry;
  entry.kind = fields.string("kind", max_name);
  entry.actor = fields.string("actor", max_name);
  entry.turn = static_cast<std::uint64_t>(fields.integer("turn", 0, max_safe_integer));
  entry.tool = fields.string("tool", max_tool);
  entry.scope = fields.string("scope", max_tool);
  entry.grant = fields.string("grant", max_name);
  entry.target = fields.string("target", max_target);
  entry.digest = fields.string("digest", max_name);
  entry.outcome = fields.string("outcome", max_outcome);
  entry.detail = fields.any("detail");
  if (!entry.detail.is_null() && entry.detail.object() == nullptr) fields.fail("detail", "is not an object or null");
  X1_TRY(done, fields.finish());
  row.previous = *previous;
  entry.time = *time;
  return row;
}

// What can't stand in a row as it is (the agent chose it: too long, or no UTF-8) stands there by its digest.
void fit(std::string& text, std::size_t max) {
  if (text.size() <= max && base::is_utf8(text)) return;
  text = "sha256:" + crypto::to_hex(crypto::sha256(text)).substr(0, 56);
}

Error not_a_row(std::string_view why) {
  return Error{Code::invalid_request, "The line is not an audit row: " + std::string(why), ""};
}

constexpr std::string_view before_hash = R"({"hash":")";
constexpr std::string_view before_row = R"(","row":)";
constexpr std::string_view before_signature = R"(,"sig":")";
constexpr std::string_view after_signature = R"("})";
constexpr std::size_t hash_letters = 64;
constexpr std::size_t signature_letters = 86;

struct Parts {
  std::string_view hash;
  std::string_view row;
  std::string_view signature;
};

// A line has one form only, so its parts stand at known places and no byte of it is left unlooked-at.
base::Result<Parts> split(std::string_view line) {
  constexpr std::size_t head = before_hash.size() + hash_letters + before_row.size();
  constexpr std::size_t tail = before_signature.size() + signature_letters + after_signature.size();
  if (line.size() > max_line_bytes) return Error{Code::too_large, "The line is longer than 8 MiB.", ""};
  if (line.size() <= head + tail) return not_a_row("it is too short.");
  const auto end = line.substr(line.size() - tail);
  const bool framed = line.starts_with(before_hash) &&
                      line.substr(before_hash.size() + hash_letters, before_row.size()) == before_row &&
                      end.starts_with(before_signature) && end.ends_with(after_signature);
  if (!framed) return not_a_row("it does not have the members hash, row and sig.");
  return Parts{line.substr(before_hash.size(), hash_letters), line.substr(head, line.size() - head - tail),
               end.substr(before_signature.size(), signature_letters)};
}

}  // namespace

crypto::Digest hash_of(const Row& row) { return crypto::sha256(row_text(row)); }

std::string encode_line(const Row& row, const crypto::SigningKey& key) {
  const auto text = row_text(row);
  const auto hash = crypto::sha256(text);
  const auto signature = key.sign(base::as_bytes(signed_text(hash)));
  std::string line;
  line.reserve(text.size() + 256);
  line.append(before_hash).append(crypto::to_hex(hash)).append(before_row).append(text);
  return line.append(before_signature).append(base::base64url_encode(signature)).append(after_signature);
}

base::Result<SignedRow> decode_line(std::string_view line) {
  X1_TRY(parts, split(line));
  const auto hash = crypto::sha256(parts.row);
  if (crypto::to_hex(hash) != parts.hash) return not_a_row("its hash is not that of its text.");
  const auto bytes = base::base64url_decode(parts.signature);
  SignedRow signed_row{{}, hash, {}};
  if (!bytes.ok() || bytes->size() != signed_row.signature.size()) return not_a_row("its signature is malformed.");
  std::ranges::copy(*bytes, signed_row.signature.begin());
  const auto value = wire::parse_json(parts.row, wire::JsonLimits{.bytes = max_line_bytes, .depth = max_depth});
  if (!value.ok()) return not_a_row("its text is not JSON.");
  auto row = row_from(*value);
  if (!row.ok()) return not_a_row(row.error().message);
  // One row, one text: two readers can't see different things in it.
  if (row_text(*row) != parts.row) return not_a_row("its text is not canonical JSON.");
  signed_row.row = std::move(row).value();
  return signed_row;
}

bool signature_holds(const SignedRow& row, const crypto::PublicKey& key) {
  return crypto::verify(key, base::as_bytes(signed_text(row.hash)), row.signature);
}

Row Chain::next(Entry entry, const std::string& kid) const {
  for (auto* text : {&entry.kind, &entry.actor, &entry.grant, &entry.digest})
    fit(*text, max_name);
  for (auto* text : {&entry.tool, &entry.scope})
    fit(*text, max_tool);
  fit(entry.target, max_target);
  fit(entry.outcome, max_outcome);
  return Row{name_, seq_ + 1, head_, std::move(entry), kid};
}

void Chain::accept(const Row& row) {
  X1_CHECK(row.chain == name_ && row.seq == seq_ + 1 && row.previous == head_);
  head_ = hash_of(row);
  seq_ = row.seq;
}

}  // namespace x1::audit
