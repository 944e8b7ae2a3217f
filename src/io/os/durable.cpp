#include "os/durable.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "os/fd.hpp"

namespace x1::os {
namespace {

base::Error failed(std::string_view what, const std::string& path) {
  const auto code = errno == ENOENT ? base::Code::not_found : base::Code::storage_failed;
  return base::Error{code, std::string(what) + " " + path + " failed: " + std::strerror(errno) + ".", ""};
}

}  // namespace

base::Status flush_folder(const std::string& folder) {
  const Fd file(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file || ::fsync(file.get()) != 0) return failed("Flushing", folder);
  return base::Done{};
}

base::Status rename_file(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return failed("Renaming", from);
  return flush_folder(std::filesystem::path(to).parent_path().string());
}

}  // namespace x1::os
