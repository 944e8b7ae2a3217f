#include "adapter/gate_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "wire/http.hpp"

namespace x1::adapter {
namespace {

base::Error unreachable(std::string_view what) {
  return {base::Code::unavailable, std::string(what) + ": " + std::strerror(errno) + ".", ""};
}

base::Status send_all(const os::Fd& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return unreachable("The gate takes nothing");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return base::Done{};
}

}  // namespace

base::Result<GateClient> GateClient::at(std::string_view url) {
  X1_TRY(origin, wire::parse_origin(url));
  if (origin.scheme != wire::Scheme::http) {
    return base::Error{base::Code::invalid_request, "X1_URL is the gate's own: http and an address.", ""};
  }
  return GateClient(std::move(origin));
}

base::Result<os::Fd> GateClient::connect() const {
  os::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(origin_.port);
  const auto* host = origin_.host == "localhost" ? "127.0.0.1" : origin_.host.c_str();
  if (!socket || ::inet_pton(AF_INET, host, &address.sin_addr) != 1) return unreachable("X1_URL can't be used");
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return unreachable("The gate can't be reached");
  }
  return socket;
}

base::Result<os::Fd> GateClient::get(const std::string& target) const {
  X1_TRY(socket, connect());
  const wire::HttpRequest request{
      .method = wire::Method::get, .target = target, .headers = {{"accept", "text/event-stream"}}, .body = {}};
  X1_TRY(sent, send_all(socket, wire::serialise(request, origin_.host + ":" + std::to_string(origin_.port))));
  return socket;
}

base::Result<int> GateClient::post(const std::string& target, std::string json) const {
  X1_TRY(socket, connect());
  const timeval patience{.tv_sec = answer_deadline_s, .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const wire::HttpRequest request{.method = wire::Method::post,
                                  .target = target,
                                  .headers = {{"content-type", "application/json"}},
                                  .body = std::move(json),
                                  .keep_alive = false};
  X1_TRY(sent, send_all(socket, wire::serialise(request, origin_.host + ":" + std::to_string(origin_.port))));
  wire::HttpResponseReader reader(wire::Method::post);
  std::array<char, 4096> buffer{};
  while (true) {
    const auto got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return unreachable("The gate does not answer");
    X1_TRY(response, reader.feed(std::string_view(buffer.data(), static_cast<std::size_t>(got))));
    if (response) return response->status;
  }
}

}  // namespace x1::adapter
