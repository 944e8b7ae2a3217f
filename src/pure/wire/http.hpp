// HTTP/1.1 messages (RFC 9112) as values, and sans-I/O readers for them. Boost.Beast parses heads in http_head.cpp;
// what this adds is strictness: one way to frame a body, no obs-fold, no bare LF, no unknown transfer coding,
// limits on everything. A reader is fed bytes as they come and never sees a socket.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace x1::wire {

enum class Method { get, head, post, put, delete_, patch, options, propfind, report, mkcol, move, copy, connect };
[[nodiscard]] std::string_view to_string(Method method) noexcept;
[[nodiscard]] base::Result<Method> method_from(std::string_view text);

struct Header {
  std::string name;  // lower case
  std::string value;
  bool operator==(const Header&) const = default;
};

struct HttpLimits {
  std::size_t head_bytes = 32 * 1024;
  std::size_t headers = 100;
  std::size_t body_bytes = 4 << 20;
};

struct HttpRequest {
  Method method = Method::get;
  std::string target;  // origin form, as sent
  std::vector<Header> headers;
  std::string body;
  bool keep_alive = true;
  // The value of the one header of that name; nullptr when there is none. (Readers refuse repeated singletons.)
  [[nodiscard]] const std::string* header(std::string_view lower_case_name) const noexcept;
};

struct HttpResponse {
  int status = 0;
  std::vector<Header> headers;
  std::string body;
  bool keep_alive = true;
  [[nodiscard]] const std::string* header(std::string_view lower_case_name) const noexcept;
};

// Feed bytes, take whole requests. After an error the reader is spent; the connection must be closed.
class HttpRequestReader {
 public:
  explicit HttpRequestReader(const HttpLimits& limits = {});
  ~HttpRequestReader();
  HttpRequestReader(HttpRequestReader&&) noexcept;
  HttpRequestReader& operator=(HttpRequestReader&&) noexcept;
  // A request once one is whole, nothing when more bytes are needed. Bytes after it are kept for the next.
  [[nodiscard]] base::Result<std::optional<HttpRequest>> feed(std::string_view bytes);
  // Whether a request has begun and is not whole yet: what a deadline applies to.
  [[nodiscard]] bool in_message() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class HttpResponseReader {
 public:
  // `to` is the method of the request: an answer to HEAD has no body.
  HttpResponseReader(Method to, const HttpLimits& limits = {});
  ~HttpResponseReader();
  HttpResponseReader(HttpResponseReader&&) noexcept;
  HttpResponseReader& operator=(HttpResponseReader&&) noexcept;
  [[nodiscard]] base::Result<std::optional<HttpResponse>> feed(std::string_view bytes);
  // The peer closed: an answer framed by the close is whole now; any other is cut off, an error.
  [[nodiscard]] base::Result<HttpResponse> end();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The bytes of a message. Host, Connection and Content-Length are set here, and left out where the caller gave them; a
// header with CR, LF or NUL is a bug of the caller.
[[nodiscard]] std::string serialise(const HttpRequest& request, std::string_view host);
[[nodiscard]] std::string serialise(const HttpResponse& response);
// The head of a response whose body is an event stream without end (chunked), and one chunk of it. An empty chunk is
// the last.
[[nodiscard]] std::string event_stream_head(const std::vector<Header>& headers);
[[nodiscard]] std::string chunk(std::string_view bytes);

}  // namespace x1::wire
