#include "contract/bus_server.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <iterator>

#include "base/encoding.hpp"
#include "os/file.hpp"

namespace x1::contract {
namespace {

namespace nats = wire::nats;

constexpr auto nats_server = "/usr/sbin/nats-server";
constexpr timeval patience{.tv_sec = 10, .tv_usec = 0};

std::string own_folder() {
  std::string path = std::filesystem::temp_directory_path() / "x1-bus-XXXXXX";
  REQUIRE(mkdtemp(path.data()) != nullptr);
  return path;
}

pid_t start(const std::string& settings, int log) {
  std::array<std::string, 3> words{nats_server, "-c", settings};
  std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
  std::array<char*, 1> environment{nullptr};
  posix_spawn_file_actions_t actions;
  REQUIRE(posix_spawn_file_actions_init(&actions) == 0);
  REQUIRE(posix_spawn_file_actions_adddup2(&actions, log, STDERR_FILENO) == 0);
  pid_t process = -1;
  const int started = posix_spawn(&process, nats_server, &actions, nullptr, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  REQUIRE(started == 0);
  return process;
}

// Reads the server's log until it says that it is ready, and takes the port from what it said before.
std::uint16_t wait_for_port(int log) {
  constexpr std::string_view mark = "client connections on 127.0.0.1:";
  std::string text;
  std::array<char, 4096> buffer{};
  while (text.find("Server is ready") == std::string::npos) {
    const auto got = read(log, buffer.data(), buffer.size());
    REQUIRE_MESSAGE(got > 0, text);
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  const auto at = text.find(mark);
  REQUIRE_MESSAGE(at != std::string::npos, text);
  const auto rest = std::string_view(text).substr(at + mark.size());
  std::uint16_t port = 0;
  REQUIRE(std::from_chars(rest.begin(), rest.end(), port).ec == std::errc());
  return port;
}

}  // namespace

BusServer::BusServer(const std::string& operator_jwt, const std::string& account, const std::string& account_jwt)
    : folder_(own_folder()) {
  const auto settings = folder_ + "/nats.conf";
  REQUIRE(os::write_file(settings, "host: \"127.0.0.1\"\nport: -1\noperator: \"" + operator_jwt +
                                       "\"\nresolver: MEMORY\nresolver_preload: {\n  " + account + ": \"" +
                                       account_jwt + "\"\n}\n")
              .ok());
  start_and_wait();
}

void BusServer::start_and_wait() {
  std::array<int, 2> ends{};
  REQUIRE(pipe2(ends.data(), O_CLOEXEC) == 0);
  log_ = os::Fd(ends[0]);
  {
    // Our copy of the writing end closes here: a server that dies is then seen as the end of its log.
    const os::Fd written(ends[1]);
    process_ = start(folder_ + "/nats.conf", written.get());
  }
  port_ = wait_for_port(log_.get());
}

void BusServer::restart() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  const auto settings = folder_ + "/nats.conf";
  auto text = os::read_file(settings);
  REQUIRE(text.ok());
  const std::string free_port = "port: -1";
  const auto at = text->find(free_port);
  if (at != std::string::npos) text->replace(at, free_port.size(), "port: " + std::to_string(port_));
  REQUIRE(os::write_file(settings, *text).ok());
  start_and_wait();
}

BusServer::~BusServer() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

BusClient::BusClient(const BusServer& server, const BusUser& user)
    : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  REQUIRE(socket_);
  REQUIRE(setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  const auto greeting = receive();
  REQUIRE(!greeting.empty());
  const auto* info = std::get_if<nats::Info>(&greeting.front());
  REQUIRE(info != nullptr);
  const auto signature = user.signature.value_or(base::base64url_encode(user.key.sign(base::as_bytes(info->nonce))));
  const auto errors = errors_of(nats::connect(user.name, user.jwt, signature));
  if (!errors.empty()) refusal_ = errors.front();
}

void BusClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return;  // closed by the server: what it said before that is still to be read
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::vector<nats::Frame> BusClient::receive() {
  std::array<char, 16 * 1024> buffer{};
  while (true) {
    const auto got = recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0) return {};
    auto frames = reader_.feed({buffer.data(), static_cast<std::size_t>(got)});
    REQUIRE(frames.ok());
    if (!frames->empty()) return std::move(frames).value();
  }
}

std::vector<nats::Frame> BusClient::exchange(const std::string& bytes) {
  send(bytes + nats::ping());
  std::vector<nats::Frame> seen;
  while (true) {
    auto frames = receive();
    if (frames.empty()) return seen;
    // A message of somebody else's may come right behind it.
    const bool done =
        std::ranges::any_of(frames, [](const auto& frame) { return std::holds_alternative<nats::Pong>(frame); });
    std::ranges::move(frames, std::back_inserter(seen));
    if (done) return seen;
  }
}

std::vector<std::string> BusClient::errors_of(const std::string& bytes) {
  std::vector<std::string> errors;
  for (const auto& frame : exchange(bytes)) {
    if (const auto* error = std::get_if<nats::ServerError>(&frame)) errors.push_back(error->text);
  }
  return errors;
}

namespace {

std::vector<nats::Message> messages_of(std::vector<nats::Frame> frames) {
  std::vector<nats::Message> messages;
  for (auto& frame : frames) {
    if (auto* message = std::get_if<nats::Message>(&frame)) messages.push_back(std::move(*message));
  }
  return messages;
}

}  // namespace

std::vector<nats::Message> BusClient::messages() { return messages_of(exchange("")); }

std::vector<nats::Message> BusClient::messages_after(const std::string& bytes) {
  auto messages = messages_of(exchange(bytes));
  while (messages.empty()) {
    auto frames = receive();
    if (frames.empty()) break;
    messages = messages_of(std::move(frames));
  }
  return messages;
}

std::string BusClient::next_error() {
  while (true) {
    const auto frames = receive();
    if (frames.empty()) return "";
    for (const auto& frame : frames) {
      if (const auto* error = std::get_if<nats::ServerError>(&frame)) return error->text;
    }
  }
}

}  // namespace x1::contract
