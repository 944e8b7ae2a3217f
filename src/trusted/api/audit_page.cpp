#include "api/audit_page.hpp"

namespace x1::api {
namespace {

constexpr std::size_t page_rows = 500;
constexpr std::size_t page_bytes = 3 << 20;  // what fits through the seam with room to spare

}  // namespace

base::Result<AuditPage> audit_page(Services& services, const std::string& chain, std::uint64_t after) {
  AuditPage page;
  std::size_t bytes = 0;
  // In small steps, so that long lines make a shorter page and not a larger one. The first line always fits.
  for (std::uint64_t at = after; page.lines.size() < page_rows; ++at) {
    X1_TRY(next, services.store.journal().rows(chain, at, 1));
    if (next.empty() || (bytes > 0 && bytes + next[0].size() > page_bytes)) break;
    bytes += next[0].size();
    page.lines.push_back(std::move(next[0]));
  }
  X1_TRY(head, services.store.journal().head(chain));
  page.head = head;
  return page;
}

wire::Value view(const AuditPage& page) {
  using wire::Value;
  return Value::Object{
      {"lines", Value::Array(page.lines.begin(), page.lines.end())},
      {"keys", Value::Array(page.keys.begin(), page.keys.end())},
      {"head", Value::Object{{"seq", static_cast<std::int64_t>(page.head.seq)}, {"hash", to_hex(page.head.hash)}}}};
}

}  // namespace x1::api
