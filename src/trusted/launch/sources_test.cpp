#include "launch/sources.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace x1::launch::testing {
namespace {

namespace fs = std::filesystem;

struct Folder {
  Folder() : path((fs::temp_directory_path() / "x1-sources-XXXXXX").string()) {
    REQUIRE(::mkdtemp(path.data()) != nullptr);
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  void write(const std::string& name) const { std::ofstream(path + "/" + name) << "x"; }
  std::string path;
};

Sources sources_of(const std::string& path) {
  sandbox::Plan plan;
  plan.mounts = {sandbox::ReadOnlyBind{"/usr", "/usr"}, sandbox::ReadOnlyBind{path, "/etc/here", true},
                 sandbox::ReadWriteBind{"/nowhere", "/state"}};
  Sources sources;
  sources.add(plan);
  return sources;
}

}  // namespace

TEST_CASE("a file that was replaced, removed or added since makes what was made with it old") {
  const Folder folder;
  folder.write("resolv.conf");
  const auto with_it = sources_of(folder.path + "/resolv.conf");
  const auto without_it = sources_of(folder.path + "/hosts");
  CHECK(with_it.unchanged());
  CHECK(without_it.unchanged());
  folder.write("new");
  fs::rename(folder.path + "/new", folder.path + "/resolv.conf");
  folder.write("hosts");
  CHECK_FALSE(with_it.unchanged());
  CHECK_FALSE(without_it.unchanged());
}

TEST_CASE("so does a folder in which something was added") {
  const Folder folder;
  const auto sources = sources_of(folder.path);
  CHECK(sources.unchanged());
  folder.write("another-authority.pem");
  CHECK_FALSE(sources.unchanged());
}

}  // namespace x1::launch::testing
