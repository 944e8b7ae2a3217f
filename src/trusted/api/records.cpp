#include "api/records.hpp"

namespace x1::api {

std::string_view to_string(SessionState state) noexcept {
  switch (state) {
    case SessionState::created: return "created";
    case SessionState::starting: return "starting";
    case SessionState::running: return "running";
    case SessionState::ended: return "ended";
    case SessionState::failed: return "failed";
  }
  return "failed";
}

}  // namespace x1::api
