#include "seal/missing.hpp"

#include <string>
#include <system_error>

namespace x1::seal {

base::Error missing(std::string_view layer, std::string_view act, int errno_value, std::string_view next) {
  std::string message(layer);
  message.append(": ").append(act).append(" failed");
  if (errno_value != 0) message.append(": ").append(std::generic_category().message(errno_value));
  return base::Error{base::Code::isolation_missing, std::move(message), std::string(next)};
}

}  // namespace x1::seal
