// What libnats needs to be helped with when it logs in.
#pragma once

#include <nats/nats.h>

namespace x1::nats {

// natsConnection_Connect, and again, up to four times, when the server did not take the login. libnats 3.4 takes a
// signature that begins with a zero byte (one in 256) for an empty text and leaves it out; each connect signs another
// nonce. What libnats connects by itself later, it tries again by itself.
[[nodiscard]] natsStatus log_in(natsConnection** connection, natsOptions* options);

}  // namespace x1::nats
