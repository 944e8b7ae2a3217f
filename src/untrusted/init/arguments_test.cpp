#include "init/arguments.hpp"

#include <doctest/doctest.h>

#include <array>

#include "init/seal_box.hpp"

using namespace x1;

TEST_CASE("the command follows two dashes and is not looked into") {
  const std::array<std::string_view, 9> words{"--profile", "server", "--rw",   "/data", "--keep",
                                              "7",         "--",     "/bin/x", "--rw"};
  const auto parsed = init::parse(words);
  REQUIRE(parsed.ok());
  CHECK(parsed->profile == seal::Profile::server);
  CHECK(parsed->write == std::vector<std::string>{"/data"});
  CHECK(parsed->keep == std::vector<int>{7});
  CHECK(parsed->command == std::vector<std::string>{"/bin/x", "--rw"});
  CHECK_FALSE(parsed->without_seccomp);
  CHECK_FALSE(parsed->without_landlock);
}

TEST_CASE("what is not understood is refused, with the usage") {
  const std::vector<std::vector<std::string_view>> wrong{
      {},
      {"--profile"},
      {"--profile", "root", "--", "x"},
      {"--profile", "agent"},
      {"--profile", "agent", "--"},
      {"--", "x"},
      {"--profile", "agent", "--keep", "-1", "--", "x"},
      {"--profile", "agent", "--keep", "3x", "--", "x"},
      {"--profile", "agent", "--connect", "70000", "--", "x"},
      {"--profile", "agent", "--unknown", "1", "--", "x"},
      {"--profile", "agent", "--rw", "", "--", "x"},
  };
  for (const auto& words : wrong) {
    const auto parsed = init::parse(words);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().code == base::Code::invalid_request);
    CHECK(parsed.error().next.starts_with("x1-init --profile"));
  }
}

TEST_CASE("a box may write its workspace, its state, /tmp and HOME, and execute from /usr and its bundle") {
  const auto rules = init::rules_for(init::Arguments{.command = {"x"}}, "/home/agent");
  CHECK(rules.write == std::vector<std::string>{"/workspace", "/state", "/tmp", "/home/agent"});
  CHECK(rules.read_exec == std::vector<std::string>{"/usr", "/opt/x1"});
  CHECK(rules.read == std::vector<std::string>{"/etc", "/proc"});
  CHECK(rules.devices == std::vector<std::string>{"/dev"});
  CHECK_FALSE(rules.tcp_connect.has_value());
}
