// What parses must print to one text that parses to the same, with a host nobody can take for another.
#include <algorithm>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "wire/url.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace x1;
  const auto text = base::as_text(base::BytesView(data, size));
  if (const auto target = wire::parse_target(text); target.ok()) {
    X1_CHECK(target->path.starts_with('/') && target->path.find("//") == std::string::npos);
    X1_CHECK(target->path + (target->query.empty() ? "" : "?" + target->query) == text);
  }
  const auto url = wire::parse_url(text);
  if (!url.ok()) return 0;
  const auto printed = to_string(*url);
  const auto again = wire::parse_url(printed);
  X1_CHECK(again.ok() && *again == *url && to_string(*again) == printed);
  const auto origin = wire::parse_origin(to_string(url->origin));
  X1_CHECK(origin.ok() && *origin == url->origin);
  X1_CHECK(std::ranges::none_of(url->origin.host, [](char c) {
    return c <= ' ' || c > '~' || (c >= 'A' && c <= 'Z') || c == '@' || c == '/' || c == '%';
  }));
  return 0;
}
