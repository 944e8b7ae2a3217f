#include "launch/sealed_reader.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <iostream>

namespace x1::launch {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

class Folder {
 public:
  Folder() : path_((fs::temp_directory_path() / "x1-sealed-XXXXXX").string()) {
    REQUIRE(::mkdtemp(path_.data()) != nullptr);
  }
  ~Folder() { fs::remove(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Seen {
  base::Result<std::string> outcome = std::string("nothing yet");
  bool loop_went_on = false;
};

Seen run(SealedReader::Task task, std::size_t max_bytes, std::chrono::milliseconds patience) {
  const Folder folder;
  const auto reader = SealedReader::for_folder(folder.path(), ::geteuid());
  REQUIRE(reader.ok());
  Seen seen;
  asio::io_context context;
  asio::steady_timer other(context, std::chrono::milliseconds(1));
  bool over = false;
  other.async_wait([&](boost::system::error_code) { seen.loop_went_on = !over; });
  const auto wait_for_it = [&]() -> asio::awaitable<void> {
    seen.outcome = co_await reader->run(std::move(task), max_bytes, patience);
    over = true;
  };
  asio::co_spawn(context, wait_for_it(), [](std::exception_ptr failure) { CHECK(failure == nullptr); });
  context.run();
  return seen;
}

// The child gives up the machine's network, which needs the right to.
bool can_seal() {
  if (::geteuid() == 0) return true;
  std::cout << "skipped: a sealed reader starts as root, or in the supervisor's user namespace" << std::endl;
  return false;
}

}  // namespace

TEST_CASE("what the sealed child wrote comes back whole, and its failure is one") {
  if (!can_seal()) return;
  const auto words = [](int, int pipe) { return write_whole(pipe, "words"); };
  const auto good = run(words, 100, std::chrono::seconds(10));
  REQUIRE(good.outcome.ok());
  CHECK(*good.outcome == "words");
  CHECK(run(words, 4, std::chrono::seconds(10)).outcome.error().code == base::Code::too_large);
  const auto bad = run([](int, int) { return false; }, 100, std::chrono::seconds(10));
  CHECK(bad.outcome.error().code == base::Code::storage_failed);
}

TEST_CASE("a sealed child that does not end is ended at the deadline, and the loop goes on meanwhile") {
  if (!can_seal()) return;
  const auto silent = [](int, int) {
    for (volatile bool forever = true; forever;)
      continue;
    return true;
  };
  const auto seen = run(silent, 100, std::chrono::milliseconds(50));
  REQUIRE_FALSE(seen.outcome.ok());
  CHECK(seen.outcome.error().code == base::Code::timed_out);
  CHECK(seen.loop_went_on);
  // It has closed its pipe, and goes on.
  const auto closed = [](int, int pipe) {
    ::close(pipe);
    for (volatile bool forever = true; forever;)
      continue;
    return true;
  };
  CHECK(run(closed, 100, std::chrono::milliseconds(50)).outcome.error().code == base::Code::timed_out);
  int status = 0;
  CHECK(::waitpid(-1, &status, WNOHANG) == -1);  // nobody is left
}

TEST_CASE("A4: a sealed child opens nothing but its folder, writes nothing there, and has no socket") {
  if (!can_seal()) return;
  const auto tell = [](int pipe, bool refused) { return write_whole(pipe, refused ? "refused" : "got through"); };
  const auto outside = [&](int, int pipe) { return tell(pipe, ::open("/etc/passwd", O_RDONLY) < 0); };
  const auto above = [&](int folder, int pipe) { return tell(pipe, ::openat(folder, "..", O_RDONLY) < 0); };
  const auto writing = [&](int folder, int pipe) {
    return tell(pipe, ::openat(folder, "x", O_CREAT | O_WRONLY, 0600) < 0);
  };
  for (const auto& task : std::initializer_list<SealedReader::Task>{outside, above, writing}) {
    const auto seen = run(task, 100, std::chrono::seconds(10));
    REQUIRE_MESSAGE(seen.outcome.ok(), base::describe(seen.outcome.error()));
    CHECK(*seen.outcome == "refused");
  }
  const auto own = [&](int folder, int pipe) { return tell(pipe, ::openat(folder, ".", O_RDONLY | O_DIRECTORY) < 0); };
  CHECK(*run(own, 100, std::chrono::seconds(10)).outcome == "got through");
  // The filter ends it at the call.
  const auto socket = [&](int, int pipe) { return tell(pipe, ::socket(AF_UNIX, SOCK_STREAM, 0) < 0); };
  const auto fork = [&](int, int pipe) { return tell(pipe, ::fork() < 0); };
  for (const auto& task : std::initializer_list<SealedReader::Task>{socket, fork})
    CHECK(run(task, 100, std::chrono::seconds(10)).outcome.error().code == base::Code::storage_failed);
}

}  // namespace x1::launch
