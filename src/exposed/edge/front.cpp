#include "edge/front.hpp"

#include <algorithm>
#include <charconv>

#include "wire/json.hpp"

namespace x1::edge {
namespace {

using base::Code;
using base::Error;
using wire::HttpRequest;

constexpr std::string_view cookie_name = "x1_session=";

std::string with_port(std::string_view name, std::uint16_t port) {
  return std::string(name) + ":" + std::to_string(port);
}

bool is_own_name(const std::string& host, const Site& site) {
  return !site.own_name.empty() && host == with_port(site.own_name, site.port);
}

// DNS rebinding: a page of another site may make its own name point here, but it can't make the browser send ours.
base::Status check_host(const std::string* host, const Client& client, const Site& site) {
  if (host != nullptr) {
    if (is_own_name(*host, site)) return base::Done{};
    for (const std::string_view name : {"localhost", "127.0.0.1", "[::1]"}) {
      if (*host == with_port(name, site.port)) return base::Done{};
    }
    if (client.uid && *host == "localhost") return base::Done{};
  }
  return Error{Code::forbidden, "This server does not answer to that Host.",
               "use http://" + with_port("localhost", site.port)};
}

// What a browser says about where a request comes from. Programs say nothing of the kind and pass.
base::Status check_site(const HttpRequest& http, const seam::Operation& operation, bool by_cookie) {
  const Error refused{Code::forbidden, "This request comes from another web site.", "use the site itself"};
  const auto* origin = http.header("origin");
  const auto* fetch_site = http.header("sec-fetch-site");
  const auto* host = http.header("host");
  if (origin != nullptr && (host == nullptr || *origin != "http://" + *host)) return refused;
  const bool touchy = operation.writes() || operation.stream;
  if (fetch_site != nullptr && *fetch_site != "same-origin" && (touchy || *fetch_site != "none")) return refused;
  // A browser that holds our cookie is new enough to say at least one of the two.
  if (by_cookie && touchy && origin == nullptr && fetch_site == nullptr) return refused;
  return base::Done{};
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

base::Result<std::string> token_of_cookies(std::string_view cookies) {
  std::string found;
  while (!cookies.empty()) {
    const auto cookie = cookies.substr(0, cookies.find("; "));
    cookies.remove_prefix(std::min(cookie.size() + 2, cookies.size()));
    if (!cookie.starts_with(cookie_name)) continue;
    if (!found.empty() || !is_token(cookie.substr(cookie_name.size()))) {
      return Error{Code::invalid_request, "The session's cookie is malformed or given twice.", "log in again"};
    }
    found = cookie.substr(cookie_name.size());
  }
  return found;
}

base::Status read_token(const HttpRequest& http, const Site& site, seam::edge::Request& request) {
  if (const auto* authorization = http.header("authorization")) {
    constexpr std::string_view bearer = "Bearer ";
    if (!authorization->starts_with(bearer) || !is_token(std::string_view(*authorization).substr(bearer.size()))) {
      return Error{Code::invalid_request, "The Authorization header is not 'Bearer' and a token.", "log in again"};
    }
    request.token = authorization->substr(bearer.size());
    return base::Done{};
  }
  const auto* host = http.header("host");
  const auto* cookies = http.header("cookie");
  if (cookies == nullptr || host == nullptr || !is_own_name(*host, site)) return base::Done{};
  X1_TRY(token, token_of_cookies(*cookies));
  request.from_cookie = !token.empty();
  request.token = std::move(token);
  return base::Done{};
}

base::Status read_body(const HttpRequest& http, seam::edge::Request& request) {
  if (http.body.empty()) return base::Done{};
  const auto* type = http.header("content-type");
  if (type == nullptr || (*type != "application/json" && *type != "application/json; charset=utf-8")) {
    return Error{Code::invalid_request, "A body has to be application/json.", "send that Content-Type"};
  }
  X1_TRY(value, wire::parse_json(http.body, {.bytes = seam::max_request_body, .depth = 8, .values = 1'000}));
  if (value.object() == nullptr) return Error{Code::invalid_request, "A body has to be a JSON object.", "send one"};
  request.body = std::move(value);
  return base::Done{};
}

// Asked for elsewhere it would be dropped on the way out, and a link spent for nothing. Whoever asks has shown nothing
// yet, so they are not told the name: a server of this machine that knows it could draw the cookie to its own port.
base::Status check_wanted_cookie(const Asked& asked, const Site& site) {
  const auto* wanted = asked.request.body.find("cookie");
  if (asked.on_own_name || wanted == nullptr || wanted->boolean() == nullptr || !*wanted->boolean()) {
    return base::Done{};
  }
  return Error{Code::forbidden, "A cookie is set only under this server's own name.",
               site.own_name.empty() ? "leave 'cookie' out" : "use the address that `x1 status` names"};
}

base::Status read_last_event(const HttpRequest& http, seam::edge::Request& request) {
  const auto* text = http.header("last-event-id");
  if (text == nullptr) return base::Done{};
  const auto* end = std::to_address(text->cend());
  const auto [stopped, error] = std::from_chars(std::to_address(text->cbegin()), end, request.last_event);
  if (error != std::errc() || stopped != end || request.last_event > INT64_MAX) {
    return Error{Code::invalid_request, "Last-Event-ID is not the number of an event.", "leave it out to start over"};
  }
  return base::Done{};
}

}  // namespace

base::Result<Asked> read_request(const HttpRequest& http, const Client& client, const Site& site) {
  X1_TRY(host, check_host(http.header("host"), client, site));
  X1_TRY(route, seam::route(http.method, http.target));
  Asked asked;
  asked.operation = route.operation;
  asked.on_own_name = is_own_name(*http.header("host"), site);
  auto& request = asked.request;
  request.operation = std::string(route.operation->id);
  request.parameters = std::move(route.parameters);
  X1_TRY(token, read_token(http, site, request));
  X1_TRY(same_site, check_site(http, *route.operation, request.from_cookie));
  X1_TRY(body, read_body(http, request));
  X1_TRY(cookie, check_wanted_cookie(asked, site));
  X1_TRY(last_event, read_last_event(http, request));
  X1_TRY(checked, seam::check(*route.operation, request.parameters, request.body));
  return asked;
}

}  // namespace x1::edge
