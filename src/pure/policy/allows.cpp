#include <algorithm>
#include <array>
#include <optional>

#include "policy/manifest.hpp"
#include "wire/ascii.hpp"
#include "wire/xml_root.hpp"

namespace x1::policy {
namespace {

bool is_unreserved_or_sub_delim(char c) noexcept {
  constexpr std::string_view others = "-._~!$&'()*+,;=:@";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         others.find(c) != std::string_view::npos;
}

std::optional<unsigned> hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

// An escape that no server can take for structure: not '/', '\', '.', '%', '?', '#', ';', nor a control character.
bool is_harmless_escape(std::string_view text) noexcept {
  if (text.size() < 3) return false;
  const auto high = hex_value(text[1]);
  const auto low = hex_value(text[2]);
  if (!high || !low) return false;
  const unsigned byte = *high * 16 + *low;
  constexpr std::string_view structure = "/\\.%?#;";
  return byte >= 0x20 && byte != 0x7f && structure.find(static_cast<char>(byte)) == std::string_view::npos;
}

// A path that everybody splits in the same way: begins with '/', no empty or dot segment but a last empty one,
// characters of RFC 3986 only, harmless escapes only.
bool is_plain_path(std::string_view path) noexcept {
  if (path.empty() || path.front() != '/') return false;
  std::size_t at = 0;
  while (at < path.size()) {
    const std::size_t next = std::min(path.find('/', at + 1), path.size());
    const std::string_view segment = path.substr(at + 1, next - at - 1);
    if (segment == "." || segment == "..") return false;
    if (segment.empty() && next != path.size()) return false;
    for (std::size_t i = 0; i < segment.size(); ++i) {
      if (segment[i] == '%') {
        if (!is_harmless_escape(segment.substr(i))) return false;
        i += 2;
      } else if (!is_unreserved_or_sub_delim(segment[i])) {
        return false;
      }
    }
    at = next;
  }
  return true;
}

// What stands below the base, without its leading '/'; nothing when the path is not the base or below it.
std::optional<std::string_view> below(std::string_view base, std::string_view path) noexcept {
  if (base.ends_with('/')) base.remove_suffix(1);
  if (path == base) return std::string_view();
  if (!path.starts_with(base) || path.size() <= base.size() || path[base.size()] != '/') return std::nullopt;
  return path.substr(base.size() + 1);
}

bool matches(std::string_view pattern, std::string_view rest) noexcept {
  if (pattern == "**") return true;
  if (!pattern.starts_with('*') || pattern.size() < 2) return false;
  const std::string_view suffix = pattern.substr(1);
  return rest.size() > suffix.size() && rest.ends_with(suffix) && rest.find('/') == std::string_view::npos;
}

// Whether one of the rules that allow method and path is also `fit`.
template <class Fit>
bool any_rule(const Scope& scope, wire::Method method, std::string_view target, std::string_view base_path, Fit fit) {
  // '?' is no character of a path, so a target with a query is refused here.
  if (!is_plain_path(target) || !is_plain_path(base_path)) return false;
  const auto rest = below(base_path, target);
  if (!rest) return false;
  return std::ranges::any_of(scope.http, [&](const HttpRule& rule) {
    return std::ranges::find(rule.methods, method) != rule.methods.end() && matches(rule.path, *rest) && fit(rule);
  });
}

// What says another charset is another text to a server that believes it. XML alone, so that none reads it as a form.
bool is_xml_in_utf8(const wire::PlannedRequest& wanted) {
  const auto header = std::ranges::find(wanted.headers, std::string_view("content-type"), &wire::Header::name);
  if (header == wanted.headers.end()) return false;
  std::string type = header->value;
  std::ranges::transform(type, type.begin(), wire::lower);
  for (const std::string_view xml : {"application/xml", "text/xml"}) {
    if (!type.starts_with(xml)) continue;
    const auto rest = std::string_view(type).substr(xml.size());
    return rest.empty() || rest == "; charset=utf-8" || rest == ";charset=utf-8" || rest == "; charset=\"utf-8\"";
  }
  return false;
}

}  // namespace

bool allows(const Scope& scope, wire::Method method, std::string_view target, std::string_view base_path) noexcept {
  return any_rule(scope, method, target, base_path, [](const HttpRule&) { return true; });
}

bool allows_body(const Scope& scope, const wire::PlannedRequest& wanted, std::string_view base_path, bool in_part) {
  using wire::Method;
  switch (wanted.method) {
    case Method::get:
    case Method::head:
    case Method::put:
    case Method::delete_:
    case Method::patch:
    case Method::options:
    case Method::propfind:
    case Method::mkcol:
    case Method::move:
    case Method::copy: return true;
    case Method::post: return !in_part;
    case Method::report: break;
    case Method::connect: return false;
  }
  if (!is_xml_in_utf8(wanted)) return false;
  const auto root = wire::xml_root(wanted.body);
  return root && any_rule(scope, wanted.method, wanted.target, base_path, [&](const HttpRule& rule) {
           return std::ranges::find(rule.reports, *root) != rule.reports.end();
         });
}

bool is_part(std::string_view base_path, std::string_view part) noexcept {
  if (part.size() > max_part_bytes || !part.ends_with('/')) return false;
  return is_plain_path(part) && is_plain_path(base_path) && below(base_path, part).has_value();
}

}  // namespace x1::policy
