#include "os/durable.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "os/fd.hpp"
#include "os/path_error.hpp"

namespace x1::os {
base::Status flush_folder(const std::string& folder) {
  const Fd file(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file || ::fsync(file.get()) != 0) return path_error("Flushing", folder);
  return base::Done{};
}

base::Status rename_file(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return path_error("Renaming", from);
  return flush_folder(std::filesystem::path(to).parent_path().string());
}

}  // namespace x1::os
