// The head of an HTTP/1.1 message: found, parsed and checked. Inner part of http.hpp; nobody else includes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wire/http.hpp"

namespace x1::wire::http_head {

// Finds the end of a head in bytes that arrive piece by piece, without looking at any byte twice.
class EndFinder {
 public:
  explicit EndFinder(std::size_t max_bytes) : max_(max_bytes) {}
  // The size of the head in `bytes` (all that came so far), or 0 when more is needed. Fails at a line that does not
  // end in CR LF, and above the limit.
  [[nodiscard]] base::Result<std::size_t> find(std::string_view bytes, base::Code malformed);

 private:
  std::size_t max_;
  std::size_t seen_ = 0;
};

// How the body of a message ends (RFC 9112, section 6.3).
struct Framing {
  enum class Kind { none, length, chunked, until_close };
  Kind kind = Kind::none;
  std::size_t length = 0;
};

struct RequestHead {
  HttpRequest request;  // without its body
  Framing framing;
};
// `head` is whole, with its empty line.
[[nodiscard]] base::Result<RequestHead> parse_request(std::string_view head, const HttpLimits& limits);

struct ResponseHead {
  HttpResponse response;
  Framing framing;
};
[[nodiscard]] base::Result<ResponseHead> parse_response(std::string_view head, Method to, const HttpLimits& limits);

[[nodiscard]] const std::string* find_header(const std::vector<Header>& headers, std::string_view name) noexcept;
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

}  // namespace x1::wire::http_head
