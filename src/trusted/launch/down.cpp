#include "launch/down.hpp"

#include <unistd.h>

#include "launch/control_client.hpp"
#include "launch/layout.hpp"
#include "launch/lock.hpp"

namespace x1::launch {

base::Result<bool> down(const std::string& state) {
  const Layout layout(state);
  if (::access(layout.lock().c_str(), F_OK) != 0) return false;
  X1_TRY(lock, take_lock(layout));
  if (lock) return false;
  auto client = ControlClient::connect(state);
  if (!client.ok()) {
    return base::Error{base::Code::unavailable, "A start or an end of the platform is under way.",
                       "try again in a moment"};
  }
  X1_TRY(stopped, client->stop());
  return true;
}

}  // namespace x1::launch
