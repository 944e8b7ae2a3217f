#include "adapter/command.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>

#include <array>

using namespace x1;
using adapter::Command;

namespace {

struct Outcome {
  std::string output;
  int status = -1;
};

Outcome run(const std::vector<std::string>& words, std::string message) {
  ::signal(SIGPIPE, SIG_IGN);
  auto command = Command::start(words, std::move(message)).value();
  Outcome outcome;
  while (command.output() >= 0) {
    std::array polls{pollfd{.fd = command.output(), .events = POLLIN, .revents = 0},
                     pollfd{.fd = command.input(), .events = POLLOUT, .revents = 0}};
    ::poll(polls.data(), polls.size(), 10'000);
    if (polls[1].revents != 0) command.feed();
    if (polls[0].revents != 0) outcome.output += command.take();
  }
  std::optional<int> status;
  while (!(status = command.ended())) {
  }
  outcome.status = *status;
  return outcome;
}

}  // namespace

TEST_CASE("the message is the command's stdin, its words are what it writes") {
  const auto outcome = run({"cat"}, "line one\nline two");
  CHECK(outcome.output == "line one\nline two");
  CHECK(outcome.status == 0);
}

TEST_CASE("a message larger than any pipe goes through") {
  const std::string message(300'000, 'x');
  CHECK(run({"cat"}, message).output == message);
}

TEST_CASE("a command that fails, or is not there, says so by its status") {
  CHECK(run({"sh", "-c", "exit 3"}, "").status == 3);
  CHECK(run({"/nonexistent/program"}, "m").status == 127);
  CHECK(run({"sh", "-c", "kill -9 $$"}, "").status == 137);
}

TEST_CASE("an argument is passed as it is, no shell in between") {
  CHECK(run({"printf", "%s", "a b; $(echo c)"}, "").output == "a b; $(echo c)");
}

TEST_CASE("what is no UTF-8 is made visible") {
  CHECK(adapter::as_utf8("a\xff"
                         "b\xe2\x82") ==
        "a\xef\xbf\xbd"
        "b\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(adapter::as_utf8("ü€") == "ü€");
}
