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

std::string_view to_string(Role role) noexcept {
  switch (role) {
    case Role::viewer: return "viewer";
    case Role::participant: return "participant";
    case Role::owner: return "owner";
  }
  return "";
}

}  // namespace x1::api
