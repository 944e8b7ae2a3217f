#include "policy/manifest_check.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/encoding.hpp"
#include "policy/schema.hpp"
#include "wire/xml_root.hpp"

namespace x1::policy {
namespace {

using wire::Value;

constexpr std::size_t max_scopes = 32;
constexpr std::size_t max_tools = 64;
constexpr std::size_t max_rules = 16;
constexpr std::size_t max_title = 100;
constexpr std::size_t max_description = 1000;

bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Lower-case words of a-z, 0-9 and '_' that begin with a letter.
bool is_word(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 64 && is_lower(text.front()) &&
         std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

bool is_version(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 32 && std::ranges::all_of(text, [](char c) {
    return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '+';
  });
}

bool is_path_rule(std::string_view text) noexcept {
  if (text == "**") return true;
  return text.size() >= 2 && text.size() <= 64 && text.front() == '*' &&
         std::ranges::all_of(text.substr(1), [](char c) {
           return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
         });
}

bool is_one_line(std::string_view text) noexcept {
  return base::is_utf8(text) &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// Methods that RFC 9110, RFC 4918 and RFC 3253 call safe: they read.
bool is_safe(wire::Method method) noexcept {
  using wire::Method;
  constexpr std::array safe{Method::get, Method::head, Method::options, Method::propfind, Method::report};
  return std::ranges::find(safe, method) != safe.end();
}

// Walks a Value by name. The first problem stays; a reader asks for everything and looks once.
class Walk {
 public:
  [[nodiscard]] bool failed() const noexcept { return problem_.has_value(); }
  [[nodiscard]] const ManifestProblem& problem() const { return *problem_; }
  void fail(std::string where, std::string why) {
    if (!problem_) problem_ = ManifestProblem{std::move(where), std::move(why)};
  }

  // That this is an object with exactly these members; it may be without `optional`.
  bool object(const Value& value, const std::string& where, std::initializer_list<std::string_view> names,
              std::string_view optional = "") {
    const auto* object = value.object();
    if (object == nullptr) {
      fail(where, "is not a mapping");
      return false;
    }
    for (const auto& [name, member] : *object) {
      if (name != optional && std::ranges::find(names, name) == names.end())
        fail(below(where, name), "is not a key that there is");
    }
    for (const auto name : names) {
      if (!object->contains(name)) fail(where, "has no '" + std::string(name) + "'");
    }
    return !failed();
  }

  std::string text(const Value& parent, const std::string& where, std::string_view name, std::size_t max) {
    const auto* text = parent.find_string(name);
    if (text == nullptr) {
      fail(below(where, name), "is not a text (quote it)");
    } else if (text->empty() || text->size() > max || !is_one_line(*text)) {
      fail(below(where, name), "is not one line of 1 to " + std::to_string(max) + " bytes");
    } else {
      return *text;
    }
    return {};
  }

  std::string word(const Value& parent, const std::string& where, std::string_view name) {
    auto found = text(parent, where, name, 64);
    if (!failed() && !is_word(found)) fail(below(where, name), "is not a word of a-z, 0-9 and '_'");
    return found;
  }

  const Value::Array& list(const Value& parent, const std::string& where, std::string_view name, std::size_t low,
                           std::size_t high) {
    static const Value::Array none;
    const Value* found = parent.find(name);
    const auto* items = found == nullptr ? nullptr : found->array();
    if (items != nullptr && items->size() >= low && items->size() <= high) return *items;
    fail(below(where, name), "is not a list of " + std::to_string(low) + " to " + std::to_string(high));
    return none;
  }

  static std::string below(const std::string& where, std::string_view name) {
    return where.empty() ? std::string(name) : where + "/" + std::string(name);
  }
  static std::string item(const std::string& where, std::string_view name, std::size_t index) {
    return below(below(where, name), std::to_string(index));
  }

 private:
  std::optional<ManifestProblem> problem_;
};

// What a REPORT does is in its body: a rule that has one says which.
void read_reports(Walk& walk, const Value& value, const std::string& where, HttpRule& rule) {
  const bool has_report = std::ranges::find(rule.methods, wire::Method::report) != rule.methods.end();
  const bool is_there = value.find("reports") != nullptr;
  if (has_report && !is_there) {
    walk.fail(where, "allows REPORT and has no 'reports', the root elements that the body of one may have");
  }
  if (!has_report && is_there) walk.fail(Walk::below(where, "reports"), "stands in a rule that does not allow REPORT");
  if (!has_report || !is_there) return;
  const auto& names = walk.list(value, where, "reports", 1, 16);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto* name = names[i].string();
    const auto place = Walk::item(where, "reports", i);
    if (name == nullptr || !wire::is_root_name(*name)) {
      walk.fail(place, "is not the name of an element as \"{DAV:}sync-collection\"");
    } else if (std::ranges::find(rule.reports, *name) != rule.reports.end()) {
      walk.fail(place, "stands there twice");
    } else {
      rule.reports.push_back(*name);
    }
  }
}

HttpRule read_rule(Walk& walk, const Value& value, const std::string& where, bool side_effects) {
  HttpRule rule;
  if (!walk.object(value, where, {"methods", "path"}, "reports")) return rule;
  const auto& methods = walk.list(value, where, "methods", 1, 16);
  for (std::size_t i = 0; i < methods.size(); ++i) {
    const auto* name = methods[i].string();
    const auto method = wire::method_from(name == nullptr ? std::string_view() : *name);
    const auto place = Walk::item(where, "methods", i);
    if (!method.ok() || *method == wire::Method::connect) {
      walk.fail(place, "is not a method that a scope may have");
    } else if (!side_effects && !is_safe(*method)) {
      walk.fail(place, "changes things, and the scope says side_effects: false");
    } else if (std::ranges::find(rule.methods, *method) != rule.methods.end()) {
      walk.fail(place, "stands there twice");
    } else {
      rule.methods.push_back(*method);
    }
  }
  rule.path = walk.text(value, where, "path", 64);
  if (!walk.failed() && !is_path_rule(rule.path)) {
    walk.fail(Walk::below(where, "path"), "is neither \"**\" nor a '*' with a plain ending, as \"*.ics\"");
  }
  read_reports(walk, value, where, rule);
  return rule;
}

Scope read_scope(Walk& walk, const Value& value, const std::string& where, const std::string& domain) {
  Scope scope;
  if (!walk.object(value, where, {"name", "title", "side_effects", "http"}, "assurance")) return scope;
  scope.name = walk.text(value, where, "name", 64);
  if (!walk.failed() && !(scope.name.starts_with(domain + ".") && is_word(scope.name.substr(domain.size() + 1)))) {
    walk.fail(Walk::below(where, "name"), "is not '" + domain + ".' and a word");
  }
  scope.title = walk.text(value, where, "title", max_title);
  const bool* side_effects = value.find("side_effects")->boolean();
  if (side_effects == nullptr) {
    walk.fail(Walk::below(where, "side_effects"), "is neither true nor false");
  } else {
    scope.side_effects = *side_effects;
  }
  if (const auto* assurance = value.find("assurance")) {
    const auto read = assurance_from(assurance->string() == nullptr ? std::string_view() : *assurance->string());
    if (read.ok()) scope.assurance = *read;
    if (!read.ok()) walk.fail(Walk::below(where, "assurance"), "is not none, terminal or passkey");
  }
  const auto& rules = walk.list(value, where, "http", 0, max_rules);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    scope.http.push_back(read_rule(walk, rules[i], Walk::item(where, "http", i), scope.side_effects));
  }
  return scope;
}

Tool read_tool(Walk& walk, const Value& value, const std::string& where, const Manifest& manifest) {
  Tool tool;
  if (!walk.object(value, where, {"name", "description", "scope", "input"}, "reads")) return tool;
  tool.name = walk.word(value, where, "name");
  // A tool of one domain can't take the name of another's, nor one of the platform's own.
  if (!walk.failed() &&
      !(tool.name.starts_with(manifest.domain + "_") && tool.name.size() > manifest.domain.size() + 1)) {
    walk.fail(Walk::below(where, "name"), "does not begin with '" + manifest.domain + "_'");
  }
  tool.description = walk.text(value, where, "description", max_description);
  tool.scope = walk.text(value, where, "scope", 64);
  if (!walk.failed() && find_scope(manifest, tool.scope) == nullptr) {
    walk.fail(Walk::below(where, "scope"), "names a scope that the manifest does not have");
  }
  if (value.find("reads") != nullptr) {
    tool.reads = walk.text(value, where, "reads", 64);
    const Scope* reads = find_scope(manifest, tool.reads);
    if (!walk.failed() && (reads == nullptr || reads->side_effects || tool.reads == tool.scope)) {
      walk.fail(Walk::below(where, "reads"), "is not another scope that says side_effects: false");
    }
  }
  tool.input_schema = *value.find("input");
  if (auto problem = check_schema(tool.input_schema)) {
    auto place = Walk::below(where, "input");
    if (!problem->where.empty()) place = Walk::below(place, problem->where);
    walk.fail(std::move(place), std::move(problem->why));
  }
  return tool;
}

template <class Named>
void refuse_repeated_names(Walk& walk, const std::vector<Named>& all, std::string_view list) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (all[i].name == all[j].name) walk.fail(Walk::item("", list, i) + "/name", "stands there twice");
    }
  }
}

}  // namespace

std::variant<Manifest, ManifestProblem> check_manifest(const wire::Value& value) {
  Walk walk;
  Manifest manifest;
  if (!walk.object(value, "", {"domain", "title", "version", "connection", "scopes", "tools"})) return walk.problem();
  manifest.domain = walk.word(value, "", "domain");
  // The first words of the platform's own tools: request_permission, ask_user, emit_status.
  constexpr std::array<std::string_view, 4> reserved{"request", "ask", "emit", "x1"};
  if (std::ranges::find(reserved, manifest.domain) != reserved.end() || manifest.domain.size() > 32) {
    walk.fail("domain", "is a word that the platform keeps for itself, or too long");
  }
  manifest.title = walk.text(value, "", "title", max_title);
  manifest.version = walk.text(value, "", "version", 32);
  if (!walk.failed() && !is_version(manifest.version)) walk.fail("version", "is not like 1.2.3");
  manifest.connection_kind = walk.word(value, "", "connection");

  const auto& scopes = walk.list(value, "", "scopes", 1, max_scopes);
  for (std::size_t i = 0; i < scopes.size(); ++i) {
    manifest.scopes.push_back(read_scope(walk, scopes[i], Walk::item("", "scopes", i), manifest.domain));
  }
  const auto& tools = walk.list(value, "", "tools", 1, max_tools);
  for (std::size_t i = 0; i < tools.size(); ++i) {
    manifest.tools.push_back(read_tool(walk, tools[i], Walk::item("", "tools", i), manifest));
  }
  refuse_repeated_names(walk, manifest.scopes, "scopes");
  refuse_repeated_names(walk, manifest.tools, "tools");
  if (walk.failed()) return walk.problem();
  return manifest;
}

}  // namespace x1::policy
