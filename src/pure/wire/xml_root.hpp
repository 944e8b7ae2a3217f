// The name of the root element of an XML body, for who decides by it (what a WebDAV REPORT does is in that name alone).
// Not a parser: it knows one plain form, about whose root no two parsers can differ, and takes nothing else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace x1::wire {

// "{namespace}name" of the root, if the body is in the plain form:
// - valid UTF-8 without control characters, but for tab and line ends;
// - before the root at most an XML declaration, in one of its usual spellings;
// - in the root's start tag nothing but namespace declarations, each once, at most 16;
// - the root is opened once, and closed once, by the last tag;
// - nowhere a DOCTYPE, comment, CDATA section or processing instruction.
[[nodiscard]] std::optional<std::string> xml_root(std::string_view body);

// Whether the text is a name as xml_root gives one.
[[nodiscard]] bool is_root_name(std::string_view text) noexcept;

}  // namespace x1::wire
