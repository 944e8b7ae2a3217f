#include "sandbox/cgroup.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace x1::sandbox {
namespace {

namespace fs = std::filesystem;

// A tree of groups as ordinary files. The kernel makes a group's files with its folder; here they are made before.
class Tree {
 public:
  explicit Tree(std::string own) {
    std::string name = (fs::temp_directory_path() / "x1-cgroup-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    tree.root = name;
    tree.own = std::move(own);
  }
  ~Tree() {
    std::error_code ignored;
    fs::remove_all(tree.root, ignored);
  }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  void file(const std::string& path) const {
    const fs::path full = fs::path(tree.root) / path;
    fs::create_directories(full.parent_path());
    std::ofstream made(full);
  }
  [[nodiscard]] std::string text(const std::string& path) const {
    std::ifstream opened(fs::path(tree.root) / path);
    std::ostringstream out;
    out << opened.rdbuf();
    return out.str();
  }

  CgroupTree tree;
};

constexpr Limits both{.memory_bytes = 4096, .processes = 7};

}  // namespace

TEST_CASE("the starter's own group is found by controller, and the root stands in for one that is not to be seen") {
  Tree at("4:memory:/user/a\n3:cpu,pids:/b\n2:name=systemd:/c\n0::/d\n");
  at.file("memory/user/a/x");
  at.file("pids/b/x");
  at.file("d/x");
  CHECK(own_group(at.tree, "memory") == at.tree.root + "/memory/user/a");
  CHECK(own_group(at.tree, "pids") == at.tree.root + "/pids/b");
  CHECK(own_group(at.tree) == at.tree.root + "/d");
  CHECK(own_group(at.tree, "freezer") == at.tree.root + "/freezer");
  at.tree.own = "4:memory:/of/the/host\n0::/../elsewhere\nnonsense\n";
  CHECK(own_group(at.tree, "memory") == at.tree.root + "/memory");
  CHECK(own_group(at.tree) == at.tree.root);
}

TEST_CASE("version 1: a box's groups lie beneath the starter's own, each with its limit") {
  Tree at("4:memory:/mine\n8:pids:/\n");
  at.file("memory/mine/x1agent/box/memory.limit_in_bytes");
  at.file("memory/mine/x1agent/box/cgroup.procs");
  at.file("pids/x1agent/box/pids.max");
  at.file("pids/x1agent/box/cgroup.procs");
  const auto limited = make_cgroup(at.tree, "box", both);
  CHECK(limited.unlimited.empty());
  CHECK(limited.cgroup.version_1_files().size() == 2);
  CHECK(limited.cgroup.version_2_folder() == -1);
  CHECK(at.text("memory/mine/x1agent/box/memory.limit_in_bytes") == "4096");
  CHECK(at.text("pids/x1agent/box/pids.max") == "7");
}

TEST_CASE("version 1: a controller that is missing is named, and the other holds") {
  Tree at("4:memory:/mine\n");
  at.file("memory/mine/x1agent/box/memory.limit_in_bytes");
  at.file("memory/mine/x1agent/box/cgroup.procs");
  const auto limited = make_cgroup(at.tree, "box", both);
  CHECK(limited.unlimited == std::vector<std::string>{"processes"});
  CHECK(limited.cgroup.version_1_files().size() == 1);
}

TEST_CASE("version 2: one group with both limits, beneath the starter's own when it hands its controllers down") {
  Tree at("0::/mine\n");
  at.file("cgroup.controllers");
  at.file("mine/cgroup.subtree_control");
  for (const auto* name : {"cgroup.subtree_control", "box/memory.max", "box/pids.max"})
    at.file(std::string("mine/x1agent/") + name);
  const auto limited = make_cgroup(at.tree, "box", Limits{.memory_bytes = 4096, .processes = std::nullopt});
  CHECK(limited.unlimited.empty());
  CHECK(limited.cgroup.version_2_folder() >= 0);
  CHECK(at.text("mine/cgroup.subtree_control") == "+memory +pids");
  CHECK(at.text("mine/x1agent/cgroup.subtree_control") == "+memory +pids");
  CHECK(at.text("mine/x1agent/box/memory.max") == "4096");
  CHECK(at.text("mine/x1agent/box/pids.max") == "max");
}

TEST_CASE("version 2: in the nearest group above when the starter's own can't, and not further up") {
  Tree at("0::/user.slice/user-7.slice/session-1.scope\n");
  at.file("cgroup.controllers");
  at.file("user.slice/user-7.slice/session-1.scope/x");
  for (const std::string above : {"", "user.slice/user-7.slice/"}) {
    for (const auto* name : {"cgroup.subtree_control", "box/memory.max", "box/pids.max"})
      at.file(above + "x1agent/" + name);
  }
  const auto limited = make_cgroup(at.tree, "box", both);
  CHECK(limited.unlimited.empty());
  CHECK(at.text("user.slice/user-7.slice/x1agent/box/pids.max") == "7");
  CHECK(at.text("x1agent/box/pids.max").empty());
}

TEST_CASE("version 2: at the root when the starter's own group can't, and said when nothing can") {
  Tree at("0::/mine\n");
  at.file("cgroup.controllers");
  at.file("mine/x");
  for (const auto* name : {"cgroup.subtree_control", "box/memory.max", "box/pids.max"})
    at.file(std::string("x1agent/") + name);
  {
    const auto limited = make_cgroup(at.tree, "box", both);
    CHECK(limited.unlimited.empty());
    CHECK(at.text("x1agent/box/pids.max") == "7");
  }
  fs::remove_all(fs::path(at.tree.root) / "x1agent");
  const auto limited = make_cgroup(at.tree, "box", both);
  CHECK(limited.unlimited == std::vector<std::string>{"memory", "processes"});
  CHECK(limited.cgroup.version_2_folder() == -1);
}

TEST_CASE("a box that asks for no limit gets no group") {
  Tree at("0::/\n");
  at.file("cgroup.controllers");
  const auto limited = make_cgroup(at.tree, "box", Limits{});
  CHECK(limited.unlimited.empty());
  CHECK_FALSE(fs::exists(fs::path(at.tree.root) / "x1agent"));
}

}  // namespace x1::sandbox
