#include "cli/bearer.hpp"

#include "launch/control_client.hpp"

namespace x1::cli {

base::Result<std::string> Bearer::token() {
  const auto now = std::chrono::steady_clock::now();
  if (given_.token.empty() || now - since_ > given_.life / 2) {
    X1_TRY(given, source_());
    given_ = std::move(given);
    since_ = now;
  }
  return given_.token;
}

Bearer::Source owner_of(const std::string& state) {
  return [state]() -> base::Result<Bearer::Given> {
    X1_TRY(supervisor, launch::ControlClient::connect(state));
    X1_TRY(bearer, supervisor.bearer());
    return Bearer::Given{std::move(bearer.token), std::chrono::seconds(bearer.seconds)};
  };
}

}  // namespace x1::cli
