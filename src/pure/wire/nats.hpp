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
  std::string nonce;  // what a user signs to connect
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
  std::string text;  // without its quotes: "Authorization Violation"
};
using Frame = std::variant<Info, Message, Ping, Pong, Ok, ServerError>;

class Reader {
 public:
  explicit Reader(std::size_t max_payload = 8 << 20) : max_payload_(max_payload) {}
  // The frames that these bytes complete. Fails with upstream_error or too_large; then the reader is spent and the
  // connection must be closed.
  [[nodiscard]] base::Result<std::vector<Frame>> feed(std::string_view bytes);

 private:
  std::size_t max_payload_;
  std::string held_;
  bool failed_ = false;
};

// 1 to 255 bytes of visible ASCII in tokens between dots; no token empty, no wildcard.
[[nodiscard]] bool is_subject(std::string_view subject) noexcept;
// The same, where a token may be '*', and the last one '>'.
[[nodiscard]] bool is_pattern(std::string_view subject) noexcept;
// The server's own answer to a request that nobody listens to.
[[nodiscard]] bool says_no_responders(const Message& message) noexcept;

// Bytes to write. `jwt` and the signature over the server's nonce (base64url) are the user's credential. Subjects are
// built by our own code: a malformed one is a bug of the caller.
[[nodiscard]] std::string connect(std::string_view name, std::string_view jwt, std::string_view nonce_signature);
[[nodiscard]] std::string subscribe(std::string_view subject, std::uint64_t id);
[[nodiscard]] std::string publish(std::string_view subject, std::string_view reply, std::string_view payload);
[[nodiscard]] std::string ping();
[[nodiscard]] std::string pong();

}  // namespace x1::wire::nats
