#include "os/path_error.hpp"

#include <cerrno>
#include <cstring>

namespace x1::os {

base::Error path_error(std::string_view what, const std::string& path) {
  const auto code = errno == ENOENT ? base::Code::not_found : base::Code::storage_failed;
  return base::Error{code, std::string(what) + " " + path + " failed: " + std::strerror(errno) + ".", ""};
}

}  // namespace x1::os
