// What an event of a broker changes in the API's records: challenges, grants and turns follow the broker, which alone
// decides.
#pragma once

#include "api/services.hpp"

namespace x1::api {

// In the transaction that stores the event. Fails with invalid_request when the payload is not what its type says.
[[nodiscard]] Status apply_event(Services& services, const Event& event);

}  // namespace x1::api
