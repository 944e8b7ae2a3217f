// The NATS client protocol (nats.io, "Client Protocol"), sans-I/O: what a client reads, and the bytes it writes.
// Used by the broker in place of libnats (docs/adr/0004-bus-client.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "crypto/signing.hpp"

namespace x1::wire::nats {

struct Info {
  std::string nonce;
  std::int64_t max_payload = 0;
};
struct Message {
  std::string subject;
  std::uint64_t subscription = 0;
  std::string reply;    // may be empty
  std::string headers;  // raw, may be empty
  std::string payload;
};
struct Ping {};
struct Pong {};
struct Ok {};
struct ServerError {
  std::string text;
};
using Frame = std::variant<Info, Message, Ping, Pong, Ok, ServerError>;

class Reader {
 public:
  explicit Reader(std::size_t max_payload = 8 << 20) : max_payload_(max_payload) {}
  // The frames that these bytes complete. After an error the connection must be closed.
  [[nodiscard]] base::Result<std::vector<Frame>> feed(std::string_view bytes);

 private:
  std::size_t max_payload_;
  std::string held_;
};

[[nodiscard]] bool is_subject(std::string_view subject) noexcept;

// Bytes to write. `jwt` and the signature over the server's nonce are the user's credential.
[[nodiscard]] std::string connect(std::string_view name, std::string_view jwt, std::string_view nonce_signature);
[[nodiscard]] std::string subscribe(std::string_view subject, std::uint64_t id);
[[nodiscard]] std::string publish(std::string_view subject, std::string_view reply, std::string_view payload);
[[nodiscard]] std::string ping();
[[nodiscard]] std::string pong();

}  // namespace x1::wire::nats
