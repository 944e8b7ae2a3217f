// The writers of http.hpp.
#include <algorithm>
#include <array>
#include <charconv>

#include "wire/http.hpp"

namespace x1::wire {
namespace {

bool is_line(std::string_view text) noexcept {
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

bool is_token(std::string_view text) noexcept {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

// What frames a message or names its host is set here: strip, then set.
bool is_ours(std::string_view name) noexcept {
  return name == "content-length" || name == "transfer-encoding" || name == "connection" || name == "host";
}

std::size_t size_of(const std::vector<Header>& headers) noexcept {
  std::size_t size = 0;
  for (const auto& header : headers)
    size += header.name.size() + header.value.size() + 4;
  return size;
}

void append_header(std::string_view name, std::string_view value, std::string& out) {
  X1_CHECK(is_token(name) && is_line(value));
  out.append(name).append(": ").append(value).append("\r\n");
}

void append_headers(const std::vector<Header>& headers, std::string& out) {
  for (const auto& header : headers) {
    if (!is_ours(header.name)) append_header(header.name, header.value, out);
  }
}

bool usually_has_body(Method method) noexcept {
  return method == Method::post || method == Method::put || method == Method::patch;
}

std::string_view reason(int status) noexcept {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 207: return "Multi-Status";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 421: return "Misdirected Request";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return status < 400 ? "OK" : "Error";
  }
}

}  // namespace

std::string serialise(const HttpRequest& request, std::string_view host) {
  X1_CHECK(!request.target.empty() && is_line(request.target) && request.target.find(' ') == std::string::npos);
  std::string out;
  out.reserve(request.target.size() + host.size() + size_of(request.headers) + request.body.size() + 128);
  out.append(to_string(request.method)).append(" ").append(request.target).append(" HTTP/1.1\r\n");
  append_header("host", host, out);
  append_headers(request.headers, out);
  if (!request.keep_alive) append_header("connection", "close", out);
  if (!request.body.empty() || usually_has_body(request.method)) {
    append_header("content-length", std::to_string(request.body.size()), out);
  }
  return out.append("\r\n").append(request.body);
}

std::string serialise(const HttpResponse& response) {
  X1_CHECK(response.status >= 100 && response.status <= 599);
  const bool bodiless = response.status < 200 || response.status == 204 || response.status == 304;
  X1_CHECK(!bodiless || response.body.empty());
  std::string out;
  out.reserve(size_of(response.headers) + response.body.size() + 128);
  out.append("HTTP/1.1 ")
      .append(std::to_string(response.status))
      .append(" ")
      .append(reason(response.status))
      .append("\r\n");
  append_headers(response.headers, out);
  if (!response.keep_alive) append_header("connection", "close", out);
  if (!bodiless) append_header("content-length", std::to_string(response.body.size()), out);
  return out.append("\r\n").append(response.body);
}

std::string event_stream_head(const std::vector<Header>& headers) {
  std::string out = "HTTP/1.1 200 OK\r\n";
  append_header("content-type", "text/event-stream", out);
  append_header("cache-control", "no-store", out);
  append_header("transfer-encoding", "chunked", out);
  append_headers(headers, out);
  return out.append("\r\n");
}

std::string chunk(std::string_view bytes) {
  std::array<char, 16> size{};
  const auto written = std::to_chars(size.begin(), size.end(), bytes.size(), 16);
  std::string out(size.data(), static_cast<std::size_t>(written.ptr - size.data()));
  return out.append("\r\n").append(bytes).append("\r\n");
}

}  // namespace x1::wire
