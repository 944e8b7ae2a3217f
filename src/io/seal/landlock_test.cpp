#include "seal/landlock.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>

#include "seal/features.hpp"

using namespace x1::seal;

namespace {

struct Folder {
  std::string path = "/tmp/x1-landlock-XXXXXX";
  Folder() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
  ~Folder() { std::filesystem::remove_all(path); }
};

int in_child(const std::function<int()>& act) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(act());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

int refusal_of_open(const std::string& path, int flags) { return ::open(path.c_str(), flags, 0600) < 0 ? errno : 0; }

}  // namespace

TEST_CASE("only what is listed can be read, and only what is listed for writing can be written, at each ABI") {
  const Folder mine;
  const Folder theirs;
  std::ofstream(mine.path + "/file") << "x";
  std::ofstream(theirs.path + "/file") << "x";
  for (const int abi : {1, 2, landlock_newest}) {
    if (landlock_abi() < 1) {
      MESSAGE("skipped: this kernel has no Landlock");
      return;
    }
    CAPTURE(abi);
    const auto after = [&](const LandlockRules& rules, const std::function<int()>& act) {
      return in_child([&] { return apply_landlock(rules, abi).ok() ? act() : 99; });
    };
    const LandlockRules reads{.read = {mine.path}, .read_exec = {}, .write = {}, .devices = {}};
    CHECK(after(reads, [&] { return refusal_of_open(mine.path + "/file", O_RDONLY); }) == 0);
    CHECK(after(reads, [&] { return refusal_of_open(mine.path + "/file", O_WRONLY); }) == EACCES);
    CHECK(after(reads, [&] { return refusal_of_open(theirs.path + "/file", O_RDONLY); }) == EACCES);
    const LandlockRules writes{.read = {}, .read_exec = {}, .write = {mine.path}, .devices = {}};
    CHECK(after(writes, [&] { return refusal_of_open(mine.path + "/new", O_WRONLY | O_CREAT); }) == 0);
    CHECK(after(writes, [&] { return ::mknod((mine.path + "/dev").c_str(), S_IFCHR | 0600, 259) < 0 ? errno : 0; }) !=
          0);
  }
}

TEST_CASE("limits on TCP need ABI 4, and are refused rather than left out below it") {
  LandlockRules rules;
  rules.tcp_connect = {9090};
  const auto code = in_child([&] {
    const auto applied = apply_landlock(rules, 3);
    return !applied.ok() && applied.error().code == x1::base::Code::isolation_missing ? 0 : 1;
  });
  CHECK(code == 0);
}

TEST_CASE("an ABI of zero is a missing layer, not an empty one") {
  CHECK(in_child([] { return apply_landlock({}, 0).ok() ? 1 : 0; }) == 0);
}

TEST_CASE("features names each layer once, and says what it found") {
  const auto found = features();
  CHECK(found.size() == 12);
  std::vector<Feature> without = found;
  for (auto& feature : without)
    feature.present = false;
  CHECK(missing_features(without).size() >= 9);
  CHECK(missing_features({{.name = "optional", .required = false, .present = false, .detail = ""}}).empty());
}
