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

std::string_view to_string(TurnState state) noexcept {
  switch (state) {
    case TurnState::queued: return "queued";
    case TurnState::open: return "open";
    case TurnState::closed: return "closed";
  }
  return "closed";
}

std::string_view to_string(ChallengeState state) noexcept {
  switch (state) {
    case ChallengeState::pending: return "pending";
    case ChallengeState::approved: return "approved";
    case ChallengeState::granted: return "granted";
    case ChallengeState::denied: return "denied";
    case ChallengeState::refused: return "refused";
  }
  return "refused";
}

std::string_view to_string(GrantState state) noexcept {
  switch (state) {
    case GrantState::live: return "live";
    case GrantState::revoking: return "revoking";
    case GrantState::revoked: return "revoked";
  }
  return "revoked";
}

}  // namespace x1::api
