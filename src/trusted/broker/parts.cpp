#include "broker/parts.hpp"

#include <algorithm>

#include "policy/manifest.hpp"

namespace x1::broker {
namespace {

// Up to the last '/'.
std::string collection_of(std::string_view target) { return std::string(target.substr(0, target.rfind('/') + 1)); }

}  // namespace

void Parts::remember(const base::ConnectionId& connection, std::string_view target) {
  Seen seen{connection, collection_of(target)};
  std::erase(seen_, seen);
  if (seen_.size() == most) seen_.pop_back();
  seen_.push_front(std::move(seen));
}

std::vector<std::string> Parts::below(const base::ConnectionId& connection, std::string_view base_path,
                                      const std::vector<wire::PlannedRequest>& wanted) const {
  std::vector<std::string> parts;
  const auto offer = [&](const std::string& part) {
    const auto length = base_path.size() + (base_path.ends_with('/') ? 0 : 1);
    if (parts.size() == policy::Choices::most_parts || part.size() <= length) return;
    if (policy::is_part(base_path, part) && std::ranges::find(parts, part) == parts.end()) parts.push_back(part);
  };
  for (const auto& request : wanted)
    offer(collection_of(request.target));
  for (const auto& [account, part] : seen_)
    if (account == connection) offer(part);
  return parts;
}

}  // namespace x1::broker
