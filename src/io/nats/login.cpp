#include "nats/login.hpp"

namespace x1::nats {

natsStatus log_in(natsConnection** connection, natsOptions* options) {
  constexpr int most = 4;
  auto status = natsConnection_Connect(connection, options);
  for (int tries = 1; status == NATS_CONNECTION_AUTH_FAILED && tries < most; ++tries) {
    natsConnection_Destroy(*connection);  // takes a null, which it is
    *connection = nullptr;
    status = natsConnection_Connect(connection, options);
  }
  return status;
}

}  // namespace x1::nats
