// The life of a session as the supervisor tells it: started, failed, agent gone, ended. Each step leaves an event for
// the people in it and a row in the platform's audit.
#pragma once

#include <string>

#include "api/services.hpp"
#include "seam/launch.hpp"

namespace x1::api {

// Sends StartSession with fresh bus credentials, and marks the session as starting. Fails with conflict when it was
// started before.
[[nodiscard]] Status start(Services& services, const Session& session, const std::string& actor);

[[nodiscard]] Status took(Services& services, const seam::launch::SessionStarted& message);
[[nodiscard]] Status took(Services& services, const seam::launch::SessionFailed& message);
[[nodiscard]] Status took(Services& services, const seam::launch::AgentExited& message);
[[nodiscard]] Status took(Services& services, const seam::launch::SessionEnded& message);
// The session goes on: its turn stays open, and the broker that follows gets a certificate of its own for it.
[[nodiscard]] Status took(Services& services, const seam::launch::SidecarLost& message);

// Another provider takes its place.
[[nodiscard]] Status took(Services& services, const seam::launch::ProviderLost& message);

// What runs at this start of the API, compared with what is stored: a session that does not run is over, and one that
// runs without being ours to run is stopped.
[[nodiscard]] Status took(Services& services, const seam::launch::Running& message);

// An event that the API itself makes. In the present transaction.
[[nodiscard]] Status add_event(Services& services, const SessionId& session, std::string type, std::string actor,
                               std::uint64_t turn, wire::Value payload);

}  // namespace x1::api
