#include "os/fd.hpp"

#include <unistd.h>

namespace x1::os {

Fd::~Fd() {
  if (number_ >= 0) ::close(number_);
}

}  // namespace x1::os
