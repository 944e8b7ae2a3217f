#include "launch/manifests.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "manifest/read.hpp"
#include "os/file.hpp"
#include "policy/manifest.hpp"
#include "wire/json.hpp"

namespace x1::launch {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_manifest_bytes = 256 * 1024;

base::Result<std::vector<std::string>> manifests_in(const std::string& folder) {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const auto file = entry->path() / "manifest.yaml";
    std::error_code missing;
    if (fs::is_regular_file(file, missing)) found.push_back(file.string());
  }
  if (error) {
    return base::Error{base::Code::not_found,
                       "The providers' folder " + folder + " can't be read: " + error.message() + ".",
                       "build the project, or give its folder with --share"};
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace

base::Status write_manifests(const std::string& folder, const std::string& to) {
  X1_TRY(files, manifests_in(folder));
  std::set<std::string> written;
  for (const auto& file : files) {
    X1_TRY(yaml, os::read_file(file, max_manifest_bytes));
    auto manifest = manifest::read(yaml);
    if (!manifest.ok()) {
      auto error = std::move(manifest).error();
      return base::Error{error.code, file + ": " + error.message, error.next};
    }
    if (!written.insert(manifest->domain).second) {
      return base::Error{base::Code::conflict, "Two manifests are of the domain " + manifest->domain + ".",
                         "remove one of them from " + folder};
    }
    X1_TRY(done, os::write_file(to + "/" + manifest->domain + ".json",
                                wire::canonical_json(policy::to_value(*manifest)), 0644));
  }
  // What is no longer installed is no longer approved.
  std::error_code error;
  for (fs::directory_iterator entry(to, error), end; !error && entry != end; entry.increment(error)) {
    const auto& path = entry->path();
    if (path.extension() == ".json" && !written.contains(path.stem().string())) {
      std::error_code removed;
      fs::remove(path, removed);
    }
  }
  return base::Done{};
}

}  // namespace x1::launch
