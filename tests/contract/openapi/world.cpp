#include "contract/openapi/world.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "launch/bus_keys.hpp"
#include "os/socket.hpp"
#include "os/system_clock.hpp"
#include "policy/manifest.hpp"
#include "wire/json.hpp"
#include "wire/nkey.hpp"

namespace x1::contract {
namespace {

namespace nkey = wire::nkey;
constexpr std::chrono::milliseconds patience{10'000};

std::shared_ptr<const std::filesystem::path> new_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "x1-api-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  return {new std::filesystem::path(name), [](const std::filesystem::path* folder) {
            std::error_code ignored;
            std::filesystem::remove_all(*folder, ignored);
            std::default_delete<const std::filesystem::path>()(folder);
          }};
}

crypto::SigningKey new_key() {
  auto key = crypto::SigningKey::generate();
  REQUIRE(key.ok());
  return std::move(key).value();
}

std::string seed_text(const crypto::SigningKey& key) {
  auto text = nkey::seed_text(nkey::Role::account, key);
  REQUIRE(text.ok());
  return std::string(base::as_text(text->expose()));
}

void write(const std::filesystem::path& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }

os::Fd listen_on_tcp(std::uint16_t& port) {
  os::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(socket.get(), 64) == 0);
  REQUIRE(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port = ntohs(address.sin_port);
  return socket;
}

sockaddr_un unix_address(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto text = path.string();
  REQUIRE(text.size() < sizeof address.sun_path);
  text.copy(address.sun_path, text.size());
  return address;
}

os::Fd listen_on_unix(const std::filesystem::path& path) {
  std::filesystem::remove(path);
  os::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = unix_address(path);
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(socket.get(), 64) == 0);
  return socket;
}

pid_t spawn(const std::vector<std::string>& words, const std::vector<int>& descriptors) {
  std::vector<char*> arguments;
  for (const auto& word : words)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child > 0) return child;
  for (const int descriptor : descriptors)
    ::fcntl(descriptor, F_SETFD, 0);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

std::string program(std::string_view name) { return std::string(X1_BIN_DIR) + "/" + std::string(name); }

std::string manifest() {
  const policy::Scope scope{"calendar.read",
                            "Read your calendar",
                            false,
                            {policy::HttpRule{{wire::Method::report}, "**", {"{DAV:}sync-collection"}}}};
  const policy::Tool tool{"calendar_list_events", "Lists events.", "calendar.read",
                          wire::Value::Object{{"type", "object"},
                                              {"properties", wire::Value::Object{}},
                                              {"required", wire::Value::Array{}},
                                              {"additionalProperties", false}}};
  return wire::canonical_json(
      policy::to_value(policy::Manifest{"calendar", "Calendar", "1", "caldav", {scope}, {tool}}));
}

}  // namespace

std::string SeamEnd::next_frame() {
  std::array<char, 64 * 1024> buffer{};
  while (frames_.empty()) {
    pollfd waiting{socket_.get(), POLLIN, 0};
    REQUIRE(::poll(&waiting, 1, static_cast<int>(patience.count())) == 1);
    const auto got = ::read(socket_.get(), buffer.data(), buffer.size());
    REQUIRE(got > 0);
    auto frames = framer_.feed(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
    REQUIRE(frames.ok());
    frames_ = std::move(*frames);
  }
  auto frame = frames_.front();
  frames_.erase(frames_.begin());
  return frame;
}

void SeamEnd::send(const std::string& frame) {
  REQUIRE(::write(socket_.get(), frame.data(), frame.size()) == static_cast<ssize_t>(frame.size()));
}

std::string Answer::header(std::string_view name) const {
  for (const auto& header : headers) {
    if (header.name == name) return header.value;
  }
  return "";
}

void HttpClient::send(std::string_view bytes) {
  // A server that has refused already may have closed: what it said is still to be read.
  while (!bytes.empty()) {
    const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool HttpClient::receive(std::chrono::milliseconds most) {
  std::array<char, 64 * 1024> buffer{};
  pollfd waiting{socket_.get(), POLLIN, 0};
  if (closed_ || ::poll(&waiting, 1, static_cast<int>(most.count())) != 1) return false;
  const auto got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (got <= 0) closed_ = true;
  if (got > 0) held_.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0;
}

std::string HttpClient::raw(std::chrono::milliseconds quiet) {
  while (receive(quiet)) {
  }
  return std::exchange(held_, {});
}

bool HttpClient::waits_for(std::string_view text) {
  while (held_.find(text) == std::string::npos) {
    if (!receive(patience)) return false;
  }
  return true;
}

bool HttpClient::closed() {
  while (receive(patience)) {
  }
  return closed_;
}

Answer HttpClient::answer(wire::Method method) {
  // Byte by byte, so that what follows the answer stays for the next one.
  wire::HttpResponseReader reader(method, {.body_bytes = 8 << 20});
  for (;;) {
    if (held_.empty()) REQUIRE(receive(patience));
    auto whole = reader.feed(held_.substr(0, 1));
    held_.erase(0, 1);
    REQUIRE(whole.ok());
    if (whole->has_value()) {
      Answer answer{(*whole)->status, {}, (*whole)->headers};
      if (!(*whole)->body.empty()) {
        auto body = wire::parse_json((*whole)->body, {.bytes = 8 << 20});
        REQUIRE(body.ok());
        answer.body = *body;
      }
      return answer;
    }
  }
}

std::string request_text(const Ask& ask, const std::string& host) {
  auto text = std::string(ask.method) + " " + ask.target + " HTTP/1.1\r\nhost: " + host + "\r\n";
  if (!ask.token.empty()) text += "authorization: Bearer " + ask.token + "\r\n";
  for (const auto& header : ask.headers)
    text += header.name + ": " + header.value + "\r\n";
  const auto body = ask.body.is_null() ? std::string() : wire::canonical_json(ask.body);
  if (!body.empty()) text += "content-type: application/json\r\n";
  return text + "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

World::World(Edge edge) : folder_(new_folder()), local_(*folder_ / "api.sock"), edge_is_(edge) {
  std::filesystem::create_directories(*folder_ / "state");
  std::filesystem::create_directories(*folder_ / "manifests");
  write(*folder_ / "manifests/calendar.json", manifest());
  const auto now = os::SystemClock().now();
  const auto root = new_key();
  const auto provider = new_key();
  const auto api = new_key();
  const auto signing = new_key();
  account_ = new_key();
  sidecar_ = new_key();
  api_key_ = signing.public_key();
  const auto seed = signing.seed();
  write(*folder_ / "state/signing.seed", base::as_text(seed->expose()));
  const auto account = nkey::public_text(nkey::Role::account, account_->public_key());
  write(*folder_ / "state/bus.json", wire::canonical_json(wire::Value::Object{{"account", account},
                                                                              {"sidecar_seed", seed_text(*sidecar_)},
                                                                              {"provider_seed", seed_text(provider)},
                                                                              {"api_seed", seed_text(api)}}));
  bus_ = std::make_shared<const BusServer>(
      nkey::operator_jwt(root, "x1", now), account,
      nkey::account_jwt(root, account_->public_key(), "x1",
                        {{sidecar_->public_key(), "sidecar", launch::sidecar_permissions()},
                         {provider.public_key(), "provider", launch::provider_permissions()},
                         {api.public_key(), "api", launch::api_permissions()}},
                        now));
  start({});
}

World::World(const World& first, const seam::launch::Running& running)
    : folder_(first.folder_),
      local_(*folder_ / "second.sock"),
      bus_(first.bus_),
      api_key_(first.api_key_),
      edge_is_(Edge::real) {
  start(running);
}

World::~World() { stop(); }

void World::start(const seam::launch::Running& running) {
  auto edge = os::socket_pair();
  auto vault = os::socket_pair();
  auto supervisor = os::socket_pair();
  REQUIRE(edge.ok());
  REQUIRE(vault.ok());
  REQUIRE(supervisor.ok());
  const auto tcp = listen_on_tcp(port_);
  const auto local = listen_on_unix(local_);
  const auto text = [](const os::Fd& fd) { return std::to_string(fd.get()); };
  processes_.push_back(
      spawn({program("x1-api"), "--state", (*folder_ / "state").string(), "--manifests",
             (*folder_ / "manifests").string(), "--bus", "127.0.0.1:" + std::to_string(bus_->port()), "--edge",
             text(edge->first), "--vault", text(vault->first), "--supervisor", text(supervisor->first)},
            {edge->first.get(), vault->first.get(), supervisor->first.get()}));
  supervisor_.emplace(std::move(supervisor->second));
  vault_.emplace(std::move(vault->second));
  supervisor_->send(seam::encode_frame(seam::launch::ToApi(running)));
  supervisor_->send(seam::encode_frame(seam::launch::ToApi(seam::launch::MintBearer{1})));
  owner_token_ = supervisor_->expect<seam::launch::FromApi, seam::launch::Minted>().token;
  if (edge_is_ == Edge::taken) return static_cast<void>(edge_.emplace(std::move(edge->second)));
  REQUIRE(::setenv("X1_OWN_NAME", own_name().c_str(), 1) == 0);
  processes_.push_back(
      spawn({program("x1-edge"), "--api", text(edge->second), "--listen-tcp", text(tcp), "--listen-unix", text(local)},
            {edge->second.get(), tcp.get(), local.get()}));
}

std::string World::link() {
  supervisor_->send(seam::encode_frame(seam::launch::ToApi(seam::launch::MintLink{2})));
  return supervisor_->expect<seam::launch::FromApi, seam::launch::Minted>().token;
}

void World::stop() {
  // Whatever the test did, neither of them may have ended by itself.
  for (const auto process : processes_)
    CHECK(::waitpid(process, nullptr, WNOHANG) == 0);
  for (const auto process : processes_)
    ::kill(process, SIGTERM);
  for (const auto process : processes_)
    ::waitpid(process, nullptr, 0);
  processes_.clear();
}

void World::kill() {
  for (const auto process : processes_) {
    ::kill(process, SIGKILL);
    ::waitpid(process, nullptr, 0);
  }
  processes_.clear();
}

void World::restart(const seam::launch::Running& running) {
  stop();
  start(running);
}

HttpClient World::over_tcp() const {
  os::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return HttpClient(std::move(socket));
}

HttpClient World::over_unix() const {
  os::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = unix_address(local_);
  REQUIRE(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return HttpClient(std::move(socket));
}

Answer World::call(const Ask& ask) const {
  auto client = ask.token.empty() ? over_unix() : over_tcp();
  auto asked = ask;
  if (asked.token.empty()) asked.token = owner_token_;
  client.send(request_text(asked, host()));
  auto method = wire::method_from(ask.method);
  REQUIRE(method.ok());
  return client.answer(*method);
}

BusUser World::broker_user(const std::string& session) const {
  const auto now = os::SystemClock().now();
  auto key = new_key();
  auto jwt =
      nkey::user_jwt(*sidecar_, account_->public_key(), key.public_key(), session, now, now + std::chrono::minutes(10));
  return {session, std::move(jwt), std::move(key)};
}

}  // namespace x1::contract
