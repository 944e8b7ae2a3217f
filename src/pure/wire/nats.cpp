#include "wire/nats.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "wire/json.hpp"

namespace x1::wire::nats {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t max_line = 32 * 1024;
constexpr std::size_t max_subject = 255;
constexpr std::string_view line_end = "\r\n";

Error malformed(std::string_view why) { return {Code::upstream_error, "From the bus: " + std::string(why) + ".", ""}; }

bool is_subject_char(char c) noexcept { return c > ' ' && c <= '~' && c != '*' && c != '>'; }

// Up to `N` words between single blanks; the count tells how many there were, N + 1 when there were more.
template <std::size_t N>
struct Words {
  std::array<std::string_view, N> word;
  std::size_t count = 0;
};
template <std::size_t N>
Words<N> split(std::string_view line) {
  Words<N> words;
  while (true) {
    const auto word = line.substr(0, line.find(' '));
    if (words.count == N) {
      ++words.count;
      return words;
    }
    words.word.at(words.count++) = word;
    if (word.size() == line.size()) return words;
    line.remove_prefix(word.size() + 1);
  }
}

template <class Number>
bool read_number(std::string_view text, Number& out) noexcept {
  const auto read = std::from_chars(text.begin(), text.end(), out);
  return !text.empty() && read.ec == std::errc() && read.ptr == text.end();
}

base::Result<Info> parse_info(std::string_view text) {
  const auto value = parse_json(text, {.bytes = max_line, .depth = 8, .values = 4096});
  if (!value.ok() || value->object() == nullptr) return malformed("its greeting is not a JSON object");
  Info info;
  if (const auto* nonce = value->find_string("nonce")) info.nonce = *nonce;
  if (const auto* size = value->find_integer("max_payload")) info.max_payload = *size;
  return info;
}

// What the line before a message says: sizes are of headers, and of headers and payload together.
struct Announced {
  Message message;
  std::size_t headers = 0;
  std::size_t total = 0;
};

base::Result<Announced> parse_message_line(std::string_view line, bool with_headers, std::size_t max_payload) {
  const auto words = split<5>(line);
  const std::size_t fixed = with_headers ? 4 : 3;  // subject, subscription, sizes; a reply subject may stand between
  if (words.count != fixed && words.count != fixed + 1)
    return malformed("a message line has the wrong number of parts");
  const std::span<const std::string_view> parts(words.word.data(), words.count);
  Announced announced;
  announced.message.subject = parts[0];
  if (words.count == fixed + 1) announced.message.reply = parts[2];
  const bool numbers = read_number(parts[1], announced.message.subscription) &&
                       read_number(parts.back(), announced.total) &&
                       (!with_headers || read_number(parts[parts.size() - 2], announced.headers));
  if (!numbers) return malformed("a message line has a malformed number");
  const bool subjects = is_subject(parts[0]) && (words.count == fixed || is_subject(parts[2]));
  if (!subjects) return malformed("a message line has a malformed subject");
  if (announced.headers > announced.total) return malformed("a message's headers are longer than the message");
  if (announced.total > max_payload) {
    return Error{Code::too_large, "A message from the bus is longer than " + std::to_string(max_payload) + " bytes.",
                 ""};
  }
  return announced;
}

// One frame from the front of `bytes`, which are shortened by it; nothing when more must come.
class FrameReader {
 public:
  FrameReader(std::string_view& bytes, std::size_t max_payload) : bytes_(bytes), max_payload_(max_payload) {}

  base::Result<std::optional<Frame>> read() {
    const auto end = bytes_.find('\n');
    if (std::min(end, bytes_.size()) >= max_line)
      return Error{Code::too_large, "A line from the bus is longer than 32 KiB.", ""};
    if (end == std::string_view::npos) return std::optional<Frame>();
    if (end == 0 || bytes_[end - 1] != '\r') return malformed("a line does not end in CR LF");
    const auto line = bytes_.substr(0, end - 1);
    if (line.starts_with("MSG ")) return read_message(line.substr(4), end + 1, false);
    if (line.starts_with("HMSG ")) return read_message(line.substr(5), end + 1, true);
    bytes_.remove_prefix(end + 1);
    if (line == "PING") return std::optional<Frame>(Ping{});
    if (line == "PONG") return std::optional<Frame>(Pong{});
    if (line == "+OK") return std::optional<Frame>(Ok{});
    if (line.starts_with("-ERR ")) return std::optional<Frame>(ServerError{unquoted(line.substr(5))});
    if (!line.starts_with("INFO ")) return malformed("a line begins with an unknown word");
    X1_TRY(info, parse_info(line.substr(5)));
    return std::optional<Frame>(std::move(info));
  }

 private:
  base::Result<std::optional<Frame>> read_message(std::string_view line, std::size_t line_size, bool with_headers) {
    X1_TRY(announced, parse_message_line(line, with_headers, max_payload_));
    const auto rest = bytes_.substr(line_size);
    if (rest.size() < announced.total + line_end.size()) return std::optional<Frame>();
    if (!rest.substr(announced.total).starts_with(line_end)) return malformed("a message does not end where it said");
    announced.message.headers = rest.substr(0, announced.headers);
    announced.message.payload = rest.substr(announced.headers, announced.total - announced.headers);
    bytes_.remove_prefix(line_size + announced.total + line_end.size());
    return std::optional<Frame>(std::move(announced.message));
  }

  static std::string unquoted(std::string_view text) {
    if (text.size() >= 2 && text.starts_with('\'') && text.ends_with('\'')) text = text.substr(1, text.size() - 2);
    return std::string(text);
  }

  std::string_view& bytes_;
  std::size_t max_payload_;
};

bool is_subject_of(std::string_view subject, bool wildcards) noexcept {
  if (subject.empty() || subject.size() > max_subject) return false;
  while (true) {
    const auto token = subject.substr(0, subject.find('.'));
    const bool last = token.size() == subject.size();
    const bool wildcard = wildcards && (token == "*" || (token == ">" && last));
    if (token.empty() || (!wildcard && !std::ranges::all_of(token, is_subject_char))) return false;
    if (last) return true;
    subject.remove_prefix(token.size() + 1);
  }
}

}  // namespace

base::Result<std::vector<Frame>> Reader::feed(std::string_view bytes) {
  if (failed_) return malformed("the connection has failed before");
  std::string_view rest = bytes;
  if (!held_.empty()) rest = held_.append(bytes);
  std::vector<Frame> frames;
  FrameReader reader(rest, max_payload_);
  while (true) {
    auto frame = reader.read();
    failed_ = !frame.ok();
    if (failed_) return std::move(frame).error();
    if (!frame->has_value()) break;
    frames.push_back(std::move(**frame));
  }
  if (held_.empty()) {
    held_.assign(rest);
  } else {
    held_.erase(0, held_.size() - rest.size());
  }
  return frames;
}

bool is_subject(std::string_view subject) noexcept { return is_subject_of(subject, false); }
bool is_pattern(std::string_view subject) noexcept { return is_subject_of(subject, true); }

bool says_no_responders(const Message& message) noexcept {
  return message.payload.empty() && message.headers.starts_with("NATS/1.0 503");
}

std::string connect(std::string_view name, std::string_view jwt, std::string_view nonce_signature) {
  const Value options(Value::Object{
      {"headers", true},
      {"jwt", jwt},
      {"lang", "cpp"},
      {"name", name},
      {"no_responders", true},
      {"pedantic", false},
      {"protocol", 1},
      {"sig", nonce_signature},
      {"tls_required", false},
      {"verbose", false},
      {"version", "0.1.0"},
  });
  return "CONNECT " + canonical_json(options) + "\r\n";
}

std::string subscribe(std::string_view subject, std::uint64_t id) {
  X1_CHECK(is_pattern(subject));
  return "SUB " + std::string(subject) + " " + std::to_string(id) + "\r\n";
}

std::string publish(std::string_view subject, std::string_view reply, std::string_view payload) {
  X1_CHECK(is_subject(subject) && (reply.empty() || is_subject(reply)));
  std::string out;
  out.reserve(subject.size() + reply.size() + payload.size() + 32);
  out.append("PUB ").append(subject).append(" ");
  if (!reply.empty()) out.append(reply).append(" ");
  return out.append(std::to_string(payload.size())).append(line_end).append(payload).append(line_end);
}

std::string ping() { return "PING\r\n"; }
std::string pong() { return "PONG\r\n"; }

}  // namespace x1::wire::nats
