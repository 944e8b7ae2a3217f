// Sources: which files and folders of the machine a box was given, as they were then. A box that waits for its use
// keeps them: when one was replaced meanwhile (another name server, other trust anchors, a program that was built
// anew), the box is an old one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sandbox/plan.hpp"

namespace x1::launch {

class Sources {
 public:
  // All that this plan shows read-only, where it is a file, or a folder of few: below /usr nothing is looked at.
  void add(const sandbox::Plan& plan);
  [[nodiscard]] bool unchanged() const;

 private:
  struct State {
    dev_t device = 0;
    ino_t inode = 0;
    std::int64_t changed_s = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const State&) const = default;
  };
  struct Source {
    std::string path;
    State state;  // zeros: not there
  };
  [[nodiscard]] static State state_of(const std::string& path);
  std::vector<Source> sources_;
};

}  // namespace x1::launch
