#include "cli/api_client.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <thread>

#include "os/file.hpp"
#include "wire/sse.hpp"

namespace x1::cli {
namespace {

using base::Code;

// Answers one request with fixed bytes, in pieces of `piece`, and keeps what it was asked.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer, std::size_t piece = 1 << 20) {
    std::string name = (std::filesystem::temp_directory_path() / "x1-cli-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    listener_ = os::Fd(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path(), std::span(address.sun_path).begin());
    REQUIRE(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_.get(), 1) == 0);
    thread_ = std::jthread([this, answer = std::move(answer), piece] { serve(answer, piece); });
  }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;
  ~OneAnswer() { std::filesystem::remove_all(folder_); }

  std::string path() const { return folder_ + "/api.sock"; }
  const std::string& asked() {
    thread_.join();
    return asked_;
  }

 private:
  void serve(const std::string& answer, std::size_t piece) {
    const os::Fd client(::accept(listener_.get(), nullptr, nullptr));
    std::array<char, 65536> buffer{};
    // A request without a body ends with its head; one with a body comes in the same write here.
    const auto got = ::recv(client.get(), buffer.data(), buffer.size(), 0);
    asked_.assign(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    for (std::size_t at = 0; at < answer.size(); at += piece) {
      const auto part = std::string_view(answer).substr(at, piece);
      if (::send(client.get(), part.data(), part.size(), MSG_NOSIGNAL) <= 0) return;
    }
  }
  std::string folder_;
  os::Fd listener_;
  std::string asked_;
  std::jthread thread_;
};

std::string response(const std::string& status, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\ncontent-length: " + std::to_string(body.size()) +
         "\r\ncontent-type: application/json\r\n\r\n" + body;
}

std::string stream_of(const std::vector<std::string>& data) {
  std::string out = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-type: text/event-stream\r\n\r\n";
  int number = 0;
  for (const auto& one : data)
    out += wire::chunk(wire::serialise({std::to_string(++number), "x", one}));
  return out + wire::chunk(":\n\n") + "0\r\n\r\n";
}

std::string event(int number, const std::string& type) {
  return R"({"actor":"ada","number":)" + std::to_string(number) +
         R"(,"payload":{"text":"hi"},"session":"s1","time":"2026-11-24T12:00:00.000Z","turn":1,"type":")" + type +
         "\"}";
}

ApiClient client_of(std::string socket) {
  static Bearer bearer([] { return Bearer::Given{"tok", std::chrono::hours(1)}; });
  return {std::move(socket), bearer};
}

}  // namespace

TEST_CASE("a request says what it wants and gets the answer's JSON") {
  OneAnswer server(response("201 Created", R"({"id":"s1"})"), 7);
  const auto answer = client_of(server.path()).post("/sessions", wire::Value::Object{{"start", false}});
  REQUIRE(answer.ok());
  CHECK(*answer->find_string("id") == "s1");
  const auto& asked = server.asked();
  CHECK(asked.starts_with("POST /api/v1/sessions HTTP/1.1\r\n"));
  CHECK(asked.find(R"({"start":false})") != std::string::npos);
  CHECK(asked.find("authorization: Bearer tok\r\n") != std::string::npos);
}

TEST_CASE("a bearer is asked for once, anew after half its life, and anew when the API does not take it") {
  int asked = 0;
  bool there = true;
  Bearer bearer([&]() -> base::Result<Bearer::Given> {
    if (!there) return base::Error{Code::unavailable, "Away.", ""};
    return Bearer::Given{"t" + std::to_string(++asked), std::chrono::hours(1)};
  });
  CHECK(*bearer.token() == "t1");
  CHECK(*bearer.token() == "t1");
  bearer.forget();
  CHECK(*bearer.token() == "t2");
  {
    OneAnswer server(response("401 Unauthorized", R"({"code":"unauthenticated","message":"No.","next":""})"));
    REQUIRE(bearer.token().ok());
    there = false;
    CHECK(ApiClient(server.path(), bearer).get("/me").error().code == Code::unavailable);
    CHECK(asked == 2);
  }
  Bearer brief([&] { return Bearer::Given{"b" + std::to_string(++asked), std::chrono::seconds(0)}; });
  CHECK(*brief.token() == "b3");
  CHECK(*brief.token() == "b4");
}

TEST_CASE("the API's refusal arrives as its own error; nonsense is an error, too") {
  {
    OneAnswer server(response("409 Conflict", R"({"code":"conflict","message":"Taken.","next":"Try another."})"));
    const auto answer = client_of(server.path()).get("/me");
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error() == base::Error{Code::conflict, "Taken.", "Try another."});
  }
  for (const std::string& bad :
       {response("500 Oops", R"({"what":1})"), response("200 OK", "{"), std::string("SSH-2.0-x\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort"), std::string()}) {
    OneAnswer server(bad);
    CHECK_FALSE(client_of(server.path()).get("/me").ok());
  }
}

TEST_CASE("when nobody listens the platform is not running") {
  CHECK(client_of("/nonexistent/api.sock").get("/me").error().code == Code::unavailable);
  CHECK(client_of(std::string(200, 'x')).get("/me").error().code == Code::invalid_request);
}

TEST_CASE("a stream of events is read to its end over a real socket") {
  OneAnswer server(stream_of({event(1, "session.started"), event(2, "agent.output")}), 11);
  auto stream = client_of(server.path()).events("s1", 41);
  REQUIRE(stream.ok());
  std::vector<Event> events;
  while (!stream->ended()) {
    auto some = stream->read();
    REQUIRE(some.ok());
    events.insert(events.end(), some->begin(), some->end());
  }
  REQUIRE(events.size() == 2);
  CHECK(events[1].type == "agent.output");
  CHECK(events[1].number == 2);
  CHECK(server.asked().find("last-event-id: 41") != std::string::npos);
}

TEST_CASE("it does not matter in which pieces a stream arrives") {
  const auto bytes = stream_of({event(1, "a.b"), event(2, "c.d"), event(3, "e.f")});
  rc::check("cut anywhere", [&] {
    EventFeed feed;
    std::size_t count = 0;
    for (std::size_t at = 0; at < bytes.size();) {
      const auto size = *rc::gen::inRange<std::size_t>(1, 60);
      const auto events = feed.feed(std::string_view(bytes).substr(at, size));
      RC_ASSERT(events.ok());
      count += events->size();
      at += size;
    }
    RC_ASSERT(count == 3U);
    RC_ASSERT(feed.ended());
  });
}

TEST_CASE("a stream that is refused, broken or not chunked is an error") {
  EventFeed refused;
  const auto error = refused.feed(response("404 Not Found", R"({"code":"not_found","message":"No.","next":""})"));
  CHECK(error.error().code == Code::not_found);
  for (const std::string bad : {
           "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc",
           "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
           "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffff\r\n",
           "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n",
           "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nmore",
       }) {
    CAPTURE(bad);
    CHECK_FALSE(EventFeed().feed(bad).ok());
  }
  CHECK_FALSE(EventFeed().feed(std::string(64 * 1024, 'x')).ok());
}

TEST_CASE("a login is kept for its owner's eyes alone, comes before the owner, and is gone when it is dropped") {
  std::string folder = (std::filesystem::temp_directory_path() / "x1-login-XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  std::filesystem::create_directory(folder + "/run");
  CHECK_FALSE(kept_login(folder).value().has_value());
  CHECK(person_of(folder)().error().code == Code::unavailable);  // the owner: no supervisor is there to ask
  REQUIRE(keep_login(folder, {"bob", "secret-token"}).ok());
  CHECK(kept_login(folder).value() == KeptLogin{"bob", "secret-token"});
  CHECK(person_of(folder)().value().token == "secret-token");
  // A place of its own has a login of its own, and is nobody until there is one: not even the owner.
  CHECK(person_of(folder, "desk")().error().code == Code::unauthenticated);
  REQUIRE(keep_login(folder, {"cy", "another-token"}, "desk").ok());
  CHECK(person_of(folder, "desk")().value().token == "another-token");
  CHECK(kept_login(folder).value() == KeptLogin{"bob", "secret-token"});
  REQUIRE(drop_login(folder, "desk").ok());
  const auto mode = std::filesystem::status(folder + "/run/login").permissions();
  CHECK(mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  REQUIRE(drop_login(folder).ok());
  REQUIRE(drop_login(folder).ok());
  CHECK_FALSE(kept_login(folder).value().has_value());
  for (const auto* wrong : {"", "bob", "bob\n", "\ntoken\n", "bob\ntoken", "\n\n"}) {
    REQUIRE(os::write_file(folder + "/run/login", wrong, 0600).ok());
    CHECK(person_of(folder)().error().code == Code::storage_failed);
  }
  std::filesystem::remove_all(folder);
}

TEST_CASE("a password goes to the platform in a body, as nobody, and never asks for a bearer") {
  OneAnswer platform(response("200 OK", R"({"token":"abc"})"));
  Bearer bearer([]() -> base::Result<Bearer::Given> {
    FAIL("the bearer was asked for");
    return Bearer::Given{};
  });
  const auto password = crypto::Secret::copy_of(base::as_bytes("pass \"word\"")).value();
  const auto answer = ApiClient(platform.path(), bearer).log_in("bob", password);
  REQUIRE(answer.ok());
  CHECK(*answer->find_string("token") == "abc");
  const auto& asked = platform.asked();
  CHECK(asked.starts_with("POST /api/v1/login HTTP/1.1\r\n"));
  CHECK(asked.find("uthorization") == std::string::npos);
  CHECK(asked.ends_with(R"({"name":"bob","password":"pass \"word\""})"));
}

}  // namespace x1::cli
