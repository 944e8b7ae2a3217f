#include "wire/xml_root.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.hpp"
#include "wire/ascii.hpp"

namespace x1::wire {
namespace {

// No other encoding, no other version, no "standalone": a server that believes the declaration reads what stands here.
constexpr std::array<std::string_view, 6> declarations{
    R"(<?xml version="1.0"?>)",
    R"(<?xml version="1.0" encoding="utf-8"?>)",
    R"(<?xml version="1.0" encoding="UTF-8"?>)",
    R"(<?xml version='1.0'?>)",
    R"(<?xml version='1.0' encoding='utf-8'?>)",
    R"(<?xml version='1.0' encoding='UTF-8'?>)",
};
constexpr std::size_t max_namespaces = 16;
constexpr std::size_t max_name = 64;
constexpr std::size_t max_namespace = 128;

bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_control(char c) noexcept { return (static_cast<unsigned char>(c) < 0x20 && !is_space(c)) || c == 0x7f; }
bool is_name_start(char c) noexcept { return (lower(c) >= 'a' && lower(c) <= 'z') || c == '_'; }
bool is_name_char(char c) noexcept { return is_name_start(c) || is_digit(c) || c == '-' || c == '.'; }
// Neither a space, which attributes normalise, nor an entity, nor what ends a namespace in our own way to write it.
bool is_namespace_char(char c) noexcept {
  return c > ' ' && c <= '~' && std::string_view("<>&\"'{}").find(c) == std::string_view::npos;
}

// XML keeps such prefixes for itself: what it makes of one doesn't depend on how it was declared.
bool is_reserved(std::string_view prefix) noexcept {
  return prefix.size() >= 3 && lower(prefix[0]) == 'x' && lower(prefix[1]) == 'm' && lower(prefix[2]) == 'l';
}

// What is left of a text, taken from its front.
class Rest {
 public:
  explicit Rest(std::string_view text) noexcept : text_(text) {}
  [[nodiscard]] std::string_view text() const noexcept { return text_; }

  bool take(std::string_view expected) noexcept {
    if (!text_.starts_with(expected)) return false;
    text_.remove_prefix(expected.size());
    return true;
  }
  template <class Belongs>
  std::string_view take_while(Belongs belongs) noexcept {
    const auto end = std::ranges::find_if_not(text_, belongs);
    const auto taken = text_.substr(0, static_cast<std::size_t>(end - text_.begin()));
    text_.remove_prefix(taken.size());
    return taken;
  }
  // Empty: there is none of at most `max` bytes.
  std::string_view take_name() noexcept {
    if (text_.empty() || !is_name_start(text_.front())) return {};
    const auto name = take_while(is_name_char);
    return name.size() <= max_name ? name : std::string_view();
  }

 private:
  std::string_view text_;
};

struct Namespaces {
  struct Entry {
    std::string_view prefix;  // empty: of names without one
    std::string_view name;
  };
  std::array<Entry, max_namespaces> entries;
  std::size_t count = 0;

  [[nodiscard]] const Entry* find(std::string_view prefix) const noexcept {
    const auto* const found = std::ranges::find(entries, prefix, &Entry::prefix);
    return std::cmp_less(found - entries.begin(), count) ? found : nullptr;
  }
  bool add(Entry entry) noexcept {
    if (count == max_namespaces || find(entry.prefix) != nullptr) return false;
    entries.at(count++) = entry;
    return true;
  }
};

// Goes on behind "xmlns".
std::optional<Namespaces::Entry> take_namespace(Rest& rest) noexcept {
  Namespaces::Entry entry;
  if (rest.take(":")) {
    entry.prefix = rest.take_name();
    if (entry.prefix.empty() || is_reserved(entry.prefix)) return std::nullopt;
  }
  if (!rest.take("=")) return std::nullopt;
  const std::string_view quote = rest.text().starts_with('\'') ? "'" : "\"";
  if (!rest.take(quote)) return std::nullopt;
  entry.name = rest.take_while(is_namespace_char);
  if (entry.name.empty() || entry.name.size() > max_namespace || !rest.take(quote)) return std::nullopt;
  return entry;
}

// The rest of the start tag, behind the name.
std::optional<Namespaces> take_namespaces(Rest& rest) noexcept {
  Namespaces namespaces;
  for (;;) {
    const bool apart = !rest.take_while(is_space).empty();
    if (rest.take(">")) return namespaces;
    if (!apart || !rest.take("xmlns")) return std::nullopt;
    const auto entry = take_namespace(rest);
    if (!entry || !namespaces.add(*entry)) return std::nullopt;
  }
}

// So a server that stops at the end of the first element, and one that takes the last, have the same one.
bool closes_once_at_the_end(std::string_view rest, std::string_view name) {
  const std::string end = "</" + std::string(name) + ">";
  while (!rest.empty() && is_space(rest.back()))
    rest.remove_suffix(1);
  if (!rest.ends_with(end)) return false;
  rest.remove_suffix(end.size());
  return rest.find(end.substr(0, end.size() - 1)) == std::string_view::npos &&
         rest.find("<" + std::string(name)) == std::string_view::npos;
}

}  // namespace

std::optional<std::string> xml_root(std::string_view body) {
  if (!base::is_utf8(body) || std::ranges::any_of(body, is_control)) return std::nullopt;
  Rest rest(body);
  if (std::ranges::any_of(declarations, [&](std::string_view each) { return rest.take(each); })) {
    rest.take_while(is_space);
  }
  for (const std::string_view aside : {"<!", "<?"}) {
    if (rest.text().find(aside) != std::string_view::npos) return std::nullopt;
  }
  if (!rest.take("<")) return std::nullopt;
  const auto tag = rest.text();
  std::string_view prefix;
  auto name = rest.take_name();
  if (!name.empty() && rest.take(":")) prefix = std::exchange(name, rest.take_name());
  if (name.empty()) return std::nullopt;
  const auto qualified = tag.substr(0, tag.size() - rest.text().size());
  const auto namespaces = take_namespaces(rest);
  const auto* own = namespaces ? namespaces->find(prefix) : nullptr;
  if (own == nullptr || !closes_once_at_the_end(rest.text(), qualified)) return std::nullopt;
  return "{" + std::string(own->name) + "}" + std::string(name);
}

bool is_root_name(std::string_view text) noexcept {
  Rest rest(text);
  if (!rest.take("{")) return false;
  const auto space = rest.take_while(is_namespace_char);
  if (space.empty() || space.size() > max_namespace || !rest.take("}")) return false;
  return !rest.take_name().empty() && rest.text().empty();
}

}  // namespace x1::wire
