#include "os/file.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>

#include "os/durable.hpp"

namespace x1::os {
namespace {

namespace fs = std::filesystem;

struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "x1-file-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path); }
  std::string path;
};

}  // namespace

TEST_CASE("a file is written whole in place of the one before, with its mode") {
  const Folder folder;
  const auto file = folder.path + "/file";
  REQUIRE(write_file(file, "one", 0600).ok());
  REQUIRE(write_file(file, "another", 0644).ok());
  CHECK(read_file(file).value() == "another");
  CHECK((fs::status(file).permissions() & fs::perms::mask) == fs::perms(0644));
  REQUIRE(rename_file(file, folder.path + "/moved").ok());
  CHECK(read_file(file).error().code == base::Code::not_found);
  CHECK(read_file(folder.path + "/moved", 3).error().code == base::Code::too_large);
  CHECK_FALSE(rename_file(file, folder.path + "/moved").ok());
}

TEST_CASE("nothing is written through a link that somebody has laid where the new file is made") {
  const Folder folder;
  const auto file = folder.path + "/file";
  const auto precious = folder.path + "/precious";
  REQUIRE(write_file(precious, "kept").ok());
  fs::create_symlink(precious, file + ".new");
  REQUIRE(write_file(file, "mine").ok());
  CHECK(read_file(precious).value() == "kept");
  CHECK(read_file(file).value() == "mine");
  fs::remove(file);
  fs::create_symlink(precious, file);
  REQUIRE(write_file(file, "mine").ok());
  CHECK(read_file(precious).value() == "kept");
}

}  // namespace x1::os
