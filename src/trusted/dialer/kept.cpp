#include "dialer/kept.hpp"

#include <algorithm>

#include "dialer/endpoints.hpp"

namespace x1::dialer {

Lane lane_of(const std::string& name, const Credential& credential) {
  return Lane{name, credential.origin, crypto::sha256(credential.ca), credential.user};
}

bool changes_nothing(wire::Method method) noexcept {
  switch (method) {
    case wire::Method::get:
    case wire::Method::head:
    case wire::Method::options:
    case wire::Method::propfind:
    case wire::Method::report: return true;
    case wire::Method::post:
    case wire::Method::put:
    case wire::Method::delete_:
    case wire::Method::patch:
    case wire::Method::mkcol:
    case wire::Method::move:
    case wire::Method::copy:
    case wire::Method::connect: return false;
  }
  return false;
}

std::optional<Kept::Connection> Kept::take(const Lane& lane, const Credential& credential) {
  if (lane.name.empty()) return std::nullopt;
  for (auto each = idle_.end(); each != idle_.begin();) {
    --each;
    if (each->lane != lane) continue;
    auto connection = std::move(each->connection);
    each = idle_.erase(each);
    // The owner may have taken the address back since it was checked.
    const bool allowed = allowed_endpoints({policy::to_string(connection.endpoint.address)}, credential).ok();
    if (allowed && connection.stream->quiet()) return connection;
  }
  return std::nullopt;
}

void Kept::put(const Lane& lane, const policy::Endpoint& endpoint, std::unique_ptr<Stream> stream) {
  if (idle_.size() == most) idle_.pop_front();
  const auto number = ++last_;
  auto& added = idle_.emplace_back(
      Idle{number, lane, Connection{std::move(stream), endpoint}, boost::asio::steady_timer(context_, idle_limit)});
  added.limit.async_wait([this, number](boost::system::error_code cancelled) {
    if (!cancelled) std::erase_if(idle_, [number](const Idle& idle) { return idle.number == number; });
  });
}

}  // namespace x1::dialer
