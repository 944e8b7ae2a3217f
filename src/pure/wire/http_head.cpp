// Boost.Beast's parser reads start lines and fields; around it stands what RFC 9112 leaves to the reader's choice and
// what smuggling lives on. Beast is instantiated here only.
#include "wire/http_head.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/http/basic_parser.hpp>
#include <charconv>

#include "wire/ascii.hpp"

namespace x1::wire::http_head {
namespace {

namespace http = boost::beast::http;
using base::Code;
using base::Error;
using Beast = boost::system::error_code;

// What Beast found, before anything is judged.
struct Found {
  std::string method;
  std::string target;
  int status = 0;
  int version = 0;
  std::vector<Header> headers;
};

template <bool is_request>
class Parser final : public http::basic_parser<is_request> {
 public:
  explicit Parser(Found& found) : found_(found) {
    this->header_limit(std::numeric_limits<std::uint32_t>::max());  // the head is whole and within our own limit
    this->skip(true);                                               // bodies are framed by http_body.cpp
  }

 private:
  using Text = boost::beast::string_view;
  void on_request_impl(http::verb, Text method, Text target, int version, Beast&) override {
    found_.method.assign(method.data(), method.size());
    found_.target.assign(target.data(), target.size());
    found_.version = version;
  }
  void on_response_impl(int code, Text, int version, Beast&) override {
    found_.status = code;
    found_.version = version;
  }
  void on_field_impl(http::field, Text name, Text value, Beast&) override {
    auto& header = found_.headers.emplace_back(Header{std::string(name), std::string(value)});
    std::ranges::transform(header.name, header.name.begin(), lower);
  }
  void on_header_impl(Beast&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Beast&) override {}
  std::size_t on_body_impl(Text, Beast&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, Text, Beast&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text, Beast&) override { return 0; }
  void on_finish_impl(Beast&) override {}

  Found& found_;
};

template <bool is_request>
base::Result<Found> parse(std::string_view head, const HttpLimits& limits, Code malformed) {
  // A line that begins with a blank would go on with the line before (obs-fold): two readers, two meanings.
  if (head.find("\n ") != std::string_view::npos || head.find("\n\t") != std::string_view::npos) {
    return Error{malformed, "An HTTP header line begins with a blank.", ""};
  }
  const auto control = [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\r' && c != '\n' && c != '\t') || c == '\x7f';
  };
  if (std::ranges::any_of(head, control)) return Error{malformed, "An HTTP head holds a control character.", ""};

  Found found;
  found.headers.reserve(16);
  Parser<is_request> parser(found);
  Beast code;
  const auto used = parser.put(boost::asio::const_buffer(head.data(), head.size()), code);
  if (code || used != head.size() || !parser.is_header_done()) {
    return Error{malformed, "The head of the HTTP message is malformed.", ""};
  }
  if (found.headers.size() > limits.headers) {
    return Error{Code::too_large, "The HTTP message has more than " + std::to_string(limits.headers) + " headers.", ""};
  }
  return found;
}

// Headers whose values are lists, so that several lines mean the same as one. Any other may stand once in a request.
constexpr std::array<std::string_view, 14> lists{
    "accept",    "accept-charset", "accept-encoding", "accept-language", "cache-control", "connection",
    "forwarded", "if-match",       "if-none-match",   "pragma",          "prefer",        "vary",
    "via",       "x-forwarded-for"};
// Upstreams are sloppier: of a response only what frames it, names it or sends the reader elsewhere must stand once.
constexpr std::array<std::string_view, 7> singletons{
    "content-length", "transfer-encoding", "content-encoding", "content-type", "content-range", "location", "etag"};

base::Status check_repeats(const std::vector<Header>& headers, bool request, Code malformed) {
  std::vector<std::string_view> names;
  names.reserve(headers.size());
  for (const auto& header : headers)
    names.emplace_back(header.name);
  std::ranges::sort(names);
  for (auto at = std::ranges::adjacent_find(names); at != names.end(); at = std::adjacent_find(at + 1, names.end())) {
    const bool may_repeat =
        request ? std::ranges::find(lists, *at) != lists.end() : std::ranges::find(singletons, *at) == singletons.end();
    if (!may_repeat) return Error{malformed, "An HTTP header that may stand once stands twice.", ""};
  }
  return base::Done{};
}

bool lists_token(const std::vector<Header>& headers, std::string_view name, std::string_view token) {
  for (const auto& header : headers) {
    if (header.name != name) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      auto item = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), item.size() + 1));
      item.remove_prefix(std::min(item.size(), item.find_first_not_of(" \t")));
      item = item.substr(0, item.find_last_not_of(" \t") + 1);
      if (equal_ignoring_case(item, token)) return true;
    }
  }
  return false;
}

base::Result<std::size_t> parse_length(std::string_view text, const HttpLimits& limits, Code malformed) {
  std::size_t length = 0;
  const bool digits = !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return Error{malformed, "The Content-Length is not a number.", ""};
  const auto read = std::from_chars(text.begin(), text.end(), length);
  if (read.ec != std::errc() || length > limits.body_bytes) {
    return Error{Code::too_large, "The HTTP body is longer than " + std::to_string(limits.body_bytes) + " bytes.", ""};
  }
  return length;
}

base::Result<Framing> framing_of(const std::vector<Header>& headers, Framing::Kind otherwise, const HttpLimits& limits,
                                 Code malformed) {
  const auto* length = find_header(headers, "content-length");
  const auto* coding = find_header(headers, "transfer-encoding");
  if (length != nullptr && coding != nullptr) {
    return Error{malformed, "The HTTP message has both Content-Length and Transfer-Encoding.", ""};
  }
  if (coding != nullptr) {
    if (!equal_ignoring_case(*coding, "chunked"))
      return Error{malformed, "Only the transfer coding \"chunked\" is taken.", ""};
    return Framing{Framing::Kind::chunked, 0};
  }
  if (length == nullptr) return Framing{otherwise, 0};
  X1_TRY(bytes, parse_length(*length, limits, malformed));
  return Framing{bytes == 0 ? Framing::Kind::none : Framing::Kind::length, bytes};
}

base::Status check_request(const Found& found) {
  const auto refused = [](std::string_view why) { return Error{Code::invalid_request, std::string(why), ""}; };
  const auto visible = [](char c) { return c > ' ' && c < '\x7f' && c != '#' && c != '\\'; };
  if (!found.target.starts_with('/') || !std::ranges::all_of(found.target, visible)) {
    return refused("The request's target must be a path, as in \"GET /path HTTP/1.1\".");
  }
  if (find_header(found.headers, "host") == nullptr) return refused("The HTTP request has no Host header.");
  if (found.version != 11) {
    for (const auto* name : {"connection", "keep-alive", "transfer-encoding"}) {
      if (find_header(found.headers, name) != nullptr) {
        return refused("HTTP/1.0 is taken for single requests only, without Connection or Transfer-Encoding.");
      }
    }
  }
  return check_repeats(found.headers, true, Code::invalid_request);
}

base::Status check_response(const Found& found) {
  if (found.status < 100 || found.status > 599)
    return Error{Code::upstream_error, "The answer's status is not one of HTTP.", ""};
  if (found.status == 101) return Error{Code::unsupported, "The server wants to change the protocol.", ""};
  if (const auto* coding = find_header(found.headers, "content-encoding")) {
    if (!equal_ignoring_case(*coding, "identity")) {
      return Error{Code::unsupported, "The answer is encoded, though it was asked for as it is.", ""};
    }
  }
  return check_repeats(found.headers, false, Code::upstream_error);
}

}  // namespace

base::Result<std::size_t> EndFinder::find(std::string_view bytes, Code malformed) {
  while (true) {
    const auto at = bytes.find('\n', seen_);
    if (std::min(at, bytes.size()) >= max_) {
      return Error{Code::too_large, "The HTTP head is longer than " + std::to_string(max_) + " bytes.",
                   "send fewer or shorter headers"};
    }
    seen_ = at == std::string_view::npos ? bytes.size() : at + 1;
    if (at == std::string_view::npos) return std::size_t{0};
    if (at == 0 || bytes[at - 1] != '\r') return Error{malformed, "A line of the HTTP head does not end in CR LF.", ""};
    if (at == 1) return Error{malformed, "The HTTP message begins with an empty line.", ""};
    if (at >= 3 && bytes.substr(at - 3, 4) == "\r\n\r\n") return at + 1;
  }
}

base::Result<RequestHead> parse_request(std::string_view head, const HttpLimits& limits) {
  X1_TRY(found, parse<true>(head, limits, Code::invalid_request));
  X1_TRY(method, method_from(found.method));
  if (method == Method::connect) return Error{Code::unsupported, "This is not a proxy: CONNECT is not taken.", ""};
  X1_TRY(checked, check_request(found));
  X1_TRY(framing, framing_of(found.headers, Framing::Kind::none, limits, Code::invalid_request));
  const bool keep_alive = found.version == 11 && !lists_token(found.headers, "connection", "close");
  return RequestHead{HttpRequest{method, std::move(found.target), std::move(found.headers), {}, keep_alive}, framing};
}

base::Result<ResponseHead> parse_response(std::string_view head, Method to, const HttpLimits& limits) {
  X1_TRY(found, parse<false>(head, limits, Code::upstream_error));
  X1_TRY(checked, check_response(found));
  X1_TRY(framing, framing_of(found.headers, Framing::Kind::until_close, limits, Code::upstream_error));
  if (to == Method::head || found.status < 200 || found.status == 204 || found.status == 304) framing = Framing{};
  const bool keep_alive = found.version == 11 && framing.kind != Framing::Kind::until_close &&
                          !lists_token(found.headers, "connection", "close");
  return ResponseHead{HttpResponse{found.status, std::move(found.headers), {}, keep_alive}, framing};
}

const std::string* find_header(const std::vector<Header>& headers, std::string_view name) noexcept {
  const auto found = std::ranges::find(headers, name, &Header::name);
  return found == headers.end() ? nullptr : &found->value;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace x1::wire::http_head
