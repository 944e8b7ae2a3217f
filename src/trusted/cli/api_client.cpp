#include "cli/api_client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/id.hpp"
#include "wire/json.hpp"
#include "wire/secret_member.hpp"

namespace x1::cli {
namespace {

using base::Code;
using base::Error;
using Clock = std::chrono::steady_clock;

constexpr wire::JsonLimits answer_limits{.bytes = 16 << 20, .depth = 64, .values = 500'000};
constexpr std::size_t max_answer_bytes = 16 << 20;

Error not_running() { return Error{Code::unavailable, "The platform is not running.", "Start it with `x1 up`."}; }
Error cut_off() {
  return Error{Code::unavailable, "The platform broke off its answer.", "Look at `x1 doctor` and try again."};
}

base::Status wait_for(int socket, short what, Clock::time_point until) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) return Error{Code::timed_out, "The platform did not answer in time.", "Try again."};
    pollfd waiting{.fd = socket, .events = what, .revents = 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
    if (ready > 0) return base::Done{};
    if (ready < 0 && errno != EINTR) return cut_off();
  }
}

base::Status send_all(int socket, std::string_view bytes, Clock::time_point until) {
  while (!bytes.empty()) {
    X1_TRY(ready, wait_for(socket, POLLOUT, until));
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (sent <= 0) return cut_off();
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return base::Done{};
}

// What one read gives; empty at the end.
base::Result<std::string> receive(int socket) {
  std::string bytes(64 * 1024, '\0');
  for (;;) {
    const auto got = ::recv(socket, bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cut_off();
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
  }
}

base::Result<wire::HttpResponse> read_response(int socket, wire::Method method, Clock::time_point until) {
  wire::HttpResponseReader reader(method, wire::HttpLimits{.body_bytes = max_answer_bytes});
  for (;;) {
    X1_TRY(ready, wait_for(socket, POLLIN, until));
    X1_TRY(bytes, receive(socket));
    if (bytes.empty()) {
      auto last = reader.end();
      return last.ok() ? std::move(last) : cut_off();
    }
    X1_TRY(response, reader.feed(bytes));
    if (response) return std::move(*response);
  }
}

wire::HttpRequest request_of(wire::Method method, const std::string& path) {
  return wire::HttpRequest{.method = method,
                           .target = "/api/v1" + path,
                           .headers = {{"accept", "application/json"}},
                           .body = "",
                           .keep_alive = false};
}

base::Result<wire::Header> authorization_of(Bearer& bearer) {
  X1_TRY(token, bearer.token());
  return wire::Header{"authorization", "Bearer " + token};
}

}  // namespace

base::Result<std::string> session_path(const std::string& session) {
  if (base::is_id_text(session)) return "/sessions/" + session;
  return base::Error{base::Code::invalid_request, "That is not the id of a session.", "See `x1 sessions`."};
}

base::Result<std::vector<Event>> EventStream::read() {
  X1_TRY(bytes, receive(socket_.get()));
  if (bytes.empty() && !feed_.ended()) return cut_off();
  return feed_.feed(bytes);
}

base::Result<os::Fd> ApiClient::connect() const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto room = std::span(address.sun_path);
  if (socket_.size() >= room.size()) {
    return Error{Code::invalid_request, "The path of the state folder is too long for a socket.",
                 "Set X1_STATE_DIR to a shorter one."};
  }
  std::ranges::copy(socket_, room.begin());
  os::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return not_running();
  const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(socket.get(), generic, sizeof address) != 0) {
    if (errno == EACCES || errno == EPERM) {
      return Error{Code::forbidden, "The platform belongs to another user of this machine.", ""};
    }
    return not_running();
  }
  return socket;
}

// A bearer that the API has ended meanwhile is not the person's fault: once, with a new one.
base::Result<wire::Value> ApiClient::ask(const wire::HttpRequest& request) const {
  auto answer = ask_once(request);
  if (answer.ok() || answer.error().code != Code::unauthenticated) return answer;
  bearer_->forget();
  return ask_once(request);
}

base::Result<wire::Value> ApiClient::ask_once(wire::HttpRequest request) const {
  X1_TRY(authorization, authorization_of(*bearer_));
  request.headers.push_back(std::move(authorization));
  return exchange(request);
}

base::Result<wire::Value> ApiClient::exchange(const wire::HttpRequest& request) const {
  const auto until = Clock::now() + usual_wait;
  X1_TRY(socket, connect());
  X1_TRY(sent, send_all(socket.get(), wire::serialise(request, "localhost"), until));
  X1_TRY(response, read_response(socket.get(), request.method, until));
  wire::Value body;
  if (!response.body.empty()) {
    X1_TRY(parsed, wire::parse_json(response.body, answer_limits));
    body = std::move(parsed);
  }
  if (response.status < 200 || response.status > 299) return error_from(response.status, body);
  return body;
}

base::Result<wire::Value> ApiClient::get(const std::string& path) const {
  return ask(request_of(wire::Method::get, path));
}

base::Result<wire::Value> ApiClient::post(const std::string& path, wire::Value body) const {
  auto request = request_of(wire::Method::post, path);
  if (!body.is_null()) {
    request.headers.push_back({"content-type", "application/json"});
    request.body = wire::canonical_json(body);
  }
  return ask(request);
}

base::Result<wire::Value> ApiClient::log_in(const std::string& name, const crypto::Secret& password) const {
  auto request = request_of(wire::Method::post, "/login");
  X1_TRY(body, wire::json_with_secret(wire::Value::Object{{"name", name}}, "password", password));
  request.headers.push_back({"content-type", "application/json"});
  request.body = base::as_text(body.expose());
  return exchange(request);
}

base::Result<wire::Value> ApiClient::join(const crypto::Secret& invite) const {
  auto request = request_of(wire::Method::post, "/invites/join");
  X1_TRY(body, wire::json_with_secret(wire::Value::Object{}, "invite", invite));
  request.headers.push_back({"content-type", "application/json"});
  request.body = base::as_text(body.expose());
  return ask(request);
}

base::Result<wire::Value> ApiClient::remove(const std::string& path) const {
  return ask(request_of(wire::Method::delete_, path));
}

base::Result<EventStream> ApiClient::events(const std::string& session, std::uint64_t after) const {
  auto request = request_of(wire::Method::get, "/sessions/" + session + "/events");
  request.headers = {{"accept", "text/event-stream"}};
  X1_TRY(authorization, authorization_of(*bearer_));
  request.headers.push_back(std::move(authorization));
  if (after > 0) request.headers.push_back({"last-event-id", std::to_string(after)});
  X1_TRY(socket, connect());
  X1_TRY(sent, send_all(socket.get(), wire::serialise(request, "localhost"), Clock::now() + usual_wait));
  return EventStream(std::move(socket));
}

}  // namespace x1::cli
