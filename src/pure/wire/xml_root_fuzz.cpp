// What is taken for a body with a root is in the plain form, and stays what it is whatever stands inside of the root.
#include <algorithm>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/encoding.hpp"
#include "wire/xml_root.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace x1;
  const auto body = base::as_text(base::BytesView(data, size));
  const auto root = wire::xml_root(body);
  if (!root) return 0;
  X1_CHECK(wire::is_root_name(*root) && base::is_utf8(body));
  X1_CHECK(body.starts_with('<') && body.find("<!") == std::string_view::npos);
  const auto first = body.starts_with("<?") ? body.find('<', 2) : 0;
  X1_CHECK(body.find("<?", first) == std::string_view::npos);
  // Nothing but the declaration stands before the root, whose name comes again as the last tag and nowhere else.
  const auto tag = body.substr(first + 1);
  const auto name = tag.substr(0, tag.find_first_of(" \t\r\n>"));
  const auto local = root->substr(root->find('}') + 1);
  X1_CHECK(name == local || name.ends_with(":" + local));
  const auto end = "</" + std::string(name) + ">";
  X1_CHECK(body.find(end) == body.rfind(end) && body.rfind('<') == body.find(end));
  const auto inside = body.find('>', first) + 1;
  auto longer = std::string(body);
  longer.insert(inside, "<a/>");
  X1_CHECK(wire::xml_root(longer) == root || name == "a" || std::string_view("a").starts_with(name));
  return 0;
}
