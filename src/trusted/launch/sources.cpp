#include "launch/sources.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <variant>

namespace x1::launch {

Sources::State Sources::state_of(const std::string& path) {
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0) return State{};
  return State{about.st_dev, about.st_ino, about.st_ctim.tv_sec, about.st_ctim.tv_nsec};
}

void Sources::add(const sandbox::Plan& plan) {
  for (const auto& mount : plan.mounts) {
    const auto* bind = std::get_if<sandbox::ReadOnlyBind>(&mount);
    if (bind != nullptr && bind->source != "/usr") sources_.push_back({bind->source, state_of(bind->source)});
  }
}

bool Sources::unchanged() const {
  return std::ranges::all_of(sources_, [](const Source& each) { return state_of(each.path) == each.state; });
}

}  // namespace x1::launch
