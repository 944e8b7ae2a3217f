#include "manifest/read.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <charconv>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "base/encoding.hpp"
#include "policy/manifest_check.hpp"

namespace x1::manifest {
namespace {

using base::Code;
using base::Error;
using wire::Value;

constexpr std::size_t max_bytes = 64 * 1024;
constexpr std::size_t max_depth = 16;

Error refuse(int line, const std::string& why) {
  return Error{Code::invalid_manifest, "Line " + std::to_string(line) + ": " + why, "See schema/manifest.md."};
}

// yaml-cpp counts lines from 0.
int line_of(const YAML::Mark& mark) { return mark.line + 1; }

// Texts but for true, false and whole numbers. What older YAML makes of `yes`, `1.5` or `0x10` is never guessed at.
Value scalar(const std::string& text, bool quoted) {
  if (quoted) return text;
  if (text == "true") return true;
  if (text == "false") return false;
  std::int64_t number = 0;
  const std::string_view view = text;
  const auto read = std::from_chars(view.begin(), view.end(), number);
  const bool whole = read.ec == std::errc() && read.ptr == view.end();
  if (whole && std::to_string(number) == text) return number;
  return text;
}

// Builds a Value from the parser's events, and remembers on which line each member stands. Events, rather than the
// library's tree, because a tree follows aliases (and so can be made to grow without end) and forgets repeated keys.
class Builder final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { fail(mark, "something is left empty."); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { fail(mark, "aliases are not taken."); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    if (!plain(mark, tag, anchor)) return;
    if (!open_.empty() && open_.back().expects_key()) {
      begin_member(mark, text);
    } else {
      if (!open_.empty() && !open_.back().is_map) lines_.insert_or_assign(child_path(), line_of(mark));
      place(scalar(text, tag == "!"));
    }
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, false);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, true);
  }
  void OnMapEnd() override { close(); }

  [[nodiscard]] const std::optional<Error>& problem() const noexcept { return problem_; }
  [[nodiscard]] const Value& root() const noexcept { return root_; }

  // The line of that member, or of the nearest one around it.
  [[nodiscard]] int line(std::string where) const {
    while (!where.empty()) {
      if (const auto found = lines_.find(where); found != lines_.end()) return found->second;
      const auto cut = where.rfind('/');
      where.resize(cut == std::string::npos ? 0 : cut);
    }
    return 1;
  }

 private:
  struct Open {
    bool is_map = false;
    std::string path;
    std::optional<std::string> key;  // of the member whose value comes next
    Value::Object members;
    Value::Array items;
    [[nodiscard]] bool expects_key() const { return is_map && !key; }
  };

  void fail(const YAML::Mark& mark, const std::string& why) {
    if (!problem_) problem_ = refuse(line_of(mark), why);
  }

  bool plain(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) fail(mark, "anchors are not taken.");
    if (!tag.empty() && tag != "?" && tag != "!") fail(mark, "tags are not taken.");
    return !problem_;
  }

  void begin_member(const YAML::Mark& mark, const std::string& key) {
    Open& map = open_.back();
    if (map.members.contains(key)) return fail(mark, "'" + key + "' stands there twice.");
    map.key = key;
    lines_.insert_or_assign(child_path(), line_of(mark));
  }

  // Of the member or item that comes next.
  [[nodiscard]] std::string child_path() const {
    if (open_.empty()) return "";
    const Open& parent = open_.back();
    const std::string name = parent.key ? *parent.key : std::to_string(parent.items.size());
    return parent.path.empty() ? name : parent.path + "/" + name;
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, bool is_map) {
    if (!plain(mark, tag, anchor)) return;
    if (open_.size() >= max_depth) return fail(mark, "it is nested more than 16 deep.");
    if (!open_.empty() && open_.back().expects_key()) return fail(mark, "a key is a text.");
    const auto path = child_path();
    if (!open_.empty() && !open_.back().is_map) lines_.insert_or_assign(path, line_of(mark));
    open_.push_back({is_map, path, std::nullopt, {}, {}});
  }

  void close() {
    if (problem_ || open_.empty()) return;
    Open done = std::move(open_.back());
    open_.pop_back();
    place(done.is_map ? Value(std::move(done.members)) : Value(std::move(done.items)));
  }

  void place(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (Open& parent = open_.back(); parent.is_map) {
      parent.members.emplace(std::exchange(parent.key, std::nullopt).value_or(""), std::move(value));
    } else {
      parent.items.push_back(std::move(value));
    }
  }

  std::vector<Open> open_;
  Value root_;
  std::map<std::string, int> lines_;
  std::optional<Error> problem_;
};

bool is_plain_text(std::string_view text) {
  // Also keeps the library from taking the text for UTF-16 or UTF-32.
  if (!base::is_utf8(text) || text.starts_with("\xef\xbb\xbf")) return false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r') return false;
  }
  return true;
}

}  // namespace

base::Result<policy::Manifest> read(std::string_view yaml) {
  if (yaml.size() > max_bytes) return Error{Code::too_large, "A manifest has at most 64 KiB.", ""};
  if (!is_plain_text(yaml)) return refuse(1, "the file is not plain UTF-8 text without tabs and other controls.");
  Builder builder;
  try {
    // The library reports what it can't read by exceptions only; they end here.
    std::istringstream stream{std::string(yaml)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return refuse(1, "the file is empty.");
    Builder second;
    if (!builder.problem() && parser.HandleNextDocument(second)) return refuse(1, "the file has two documents.");
  } catch (const YAML::Exception& error) {
    return refuse(line_of(error.mark), "it is not YAML: " + error.msg + ".");
  }
  if (builder.problem()) return *builder.problem();
  auto outcome = policy::check_manifest(builder.root());
  if (auto* manifest = std::get_if<policy::Manifest>(&outcome)) return std::move(*manifest);
  const auto& problem = std::get<policy::ManifestProblem>(outcome);
  const std::string subject = problem.where.empty() ? "the manifest" : "'" + problem.where + "'";
  return refuse(builder.line(problem.where), subject + " " + problem.why + ".");
}

}  // namespace x1::manifest
