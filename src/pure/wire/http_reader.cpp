// The readers of http.hpp: hold bytes until a head is whole, then take its body out of its framing.
#include "wire/http_body.hpp"
#include "wire/http_head.hpp"

namespace x1::wire {
namespace {

// What has come and is not used yet. While nothing is kept back, the caller's own bytes are looked at, not copied.
class Pending {
 public:
  std::string_view with(std::string_view bytes) {
    if (kept_.empty()) return bytes;
    kept_.append(bytes);
    return kept_;
  }
  // `rest` is the unused end of what with() returned.
  void keep(std::string_view rest) {
    if (rest.empty()) {
      kept_.clear();
    } else if (rest.size() <= kept_.size()) {
      kept_.erase(0, kept_.size() - rest.size());
    } else {
      kept_.assign(rest);
    }
  }
  [[nodiscard]] bool empty() const noexcept { return kept_.empty(); }

 private:
  std::string kept_;
};

base::Error spent() {
  return {base::Code::invalid_request, "The connection has failed before; it must be closed.", ""};
}

}  // namespace

struct HttpRequestReader::State {
  explicit State(const HttpLimits& given) : limits(given), end(given.head_bytes) {}

  base::Result<std::optional<HttpRequest>> step(std::string_view& bytes) {
    if (!body) {
      X1_TRY(size, end.find(bytes, base::Code::invalid_request));
      if (size == 0) return std::optional<HttpRequest>();
      X1_TRY(head, http_head::parse_request(bytes.substr(0, size), limits));
      bytes.remove_prefix(size);
      request = std::move(head.request);
      body.emplace(head.framing, limits, false, base::Code::invalid_request);
    }
    X1_TRY(fed, body->feed(bytes));
    if (!body->done()) return std::optional<HttpRequest>();
    request.body = body->take();
    body.reset();
    end = http_head::EndFinder(limits.head_bytes);
    return std::optional<HttpRequest>(std::exchange(request, {}));
  }

  HttpLimits limits;
  http_head::EndFinder end;
  HttpRequest request;
  std::optional<HttpBody> body;  // while one is read
  Pending pending;
  bool failed = false;
};

HttpRequestReader::HttpRequestReader(const HttpLimits& limits) : state_(std::make_unique<State>(limits)) {}
HttpRequestReader::~HttpRequestReader() = default;
HttpRequestReader::HttpRequestReader(HttpRequestReader&&) noexcept = default;
HttpRequestReader& HttpRequestReader::operator=(HttpRequestReader&&) noexcept = default;

base::Result<std::optional<HttpRequest>> HttpRequestReader::feed(std::string_view bytes) {
  if (state_->failed) return spent();
  auto view = state_->pending.with(bytes);
  auto read = state_->step(view);
  state_->failed = !read.ok();
  if (read.ok()) state_->pending.keep(view);
  return read;
}

bool HttpRequestReader::in_message() const noexcept {
  return !state_->failed && (state_->body.has_value() || !state_->pending.empty());
}

struct HttpResponseReader::State {
  State(Method method, const HttpLimits& given) : to(method), limits(given), end(given.head_bytes) {}

  // Reads heads until one is of the final answer; those of status 1xx only say that it will come.
  base::Status read_head(std::string_view& bytes) {
    while (!body) {
      X1_TRY(size, end.find(bytes, base::Code::upstream_error));
      if (size == 0) return base::Done{};
      X1_TRY(head, http_head::parse_response(bytes.substr(0, size), to, limits));
      bytes.remove_prefix(size);
      if (head.response.status >= 200) {
        response = std::move(head.response);
        body.emplace(head.framing, limits, true, base::Code::upstream_error);
      } else if (interim_left-- == 0) {
        return base::Error{base::Code::upstream_error, "The server sent too many interim answers.", ""};
      } else {
        end = http_head::EndFinder(limits.head_bytes);
      }
    }
    return base::Done{};
  }

  base::Result<std::optional<HttpResponse>> step(std::string_view& bytes) {
    if (finished) {
      if (bytes.empty()) return std::optional<HttpResponse>();
      return base::Error{base::Code::upstream_error, "The server sent more than one answer.", ""};
    }
    X1_TRY(head, read_head(bytes));
    if (!body) return std::optional<HttpResponse>();
    X1_TRY(fed, body->feed(bytes));
    if (!body->done()) return std::optional<HttpResponse>();
    // Bytes that nobody asked for: this connection carries no further request.
    if (!bytes.empty()) response.keep_alive = false;
    return std::optional<HttpResponse>(finish());
  }

  HttpResponse finish() {
    finished = true;
    response.body = body->take();
    return std::move(response);
  }

  Method to;
  HttpLimits limits;
  http_head::EndFinder end;
  HttpResponse response;
  std::optional<HttpBody> body;
  Pending pending;
  int interim_left = 8;
  bool finished = false;
  bool failed = false;
};

HttpResponseReader::HttpResponseReader(Method to, const HttpLimits& limits)
    : state_(std::make_unique<State>(to, limits)) {}
HttpResponseReader::~HttpResponseReader() = default;
HttpResponseReader::HttpResponseReader(HttpResponseReader&&) noexcept = default;
HttpResponseReader& HttpResponseReader::operator=(HttpResponseReader&&) noexcept = default;

base::Result<std::optional<HttpResponse>> HttpResponseReader::feed(std::string_view bytes) {
  if (state_->failed) return spent();
  auto view = state_->pending.with(bytes);
  auto read = state_->step(view);
  state_->failed = !read.ok();
  if (read.ok()) state_->pending.keep(view);
  return read;
}

base::Result<HttpResponse> HttpResponseReader::end() {
  if (state_->failed) return spent();
  if (state_->finished || !state_->body || !state_->body->until_close()) {
    return base::Error{base::Code::upstream_error, "The server closed the connection before its answer was whole.",
                       "try again"};
  }
  return state_->finish();
}

}  // namespace x1::wire
