// BusDesk: what brokers ask over the bus. The subject says which session is meant, and nothing is believed for it:
// turns go to the boot key that the supervisor named, events and rows count for their signatures, and answers go only
// into the session's own inbox.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "api/services.hpp"
#include "api/turn_flow.hpp"

namespace x1::api {

class BusDesk {
 public:
  using Answer = std::function<void(const std::string& reply, std::string payload)>;
  // How long a question for a turn is kept. The broker asks again after 20 s.
  static constexpr base::Duration patience = std::chrono::seconds(20);

  BusDesk(Services& services, Answer answer) : services_(services), answer_(std::move(answer)) {}

  // One request: "x1.api.session.<id>.<what>".
  void took(std::string_view subject, const std::string& reply, std::string_view payload);
  // A message was queued, or a turn closed: the broker that waits may get the next one.
  void turn_waits(const SessionId& session);

 private:
  struct Waiting {
    std::string reply;
    TurnQuestion question;
    TimePoint until;
  };
  [[nodiscard]] Status ask_turn(const SessionId& session, const std::string& reply, std::string_view payload);
  [[nodiscard]] base::Result<std::string> renew(const SessionId& session, std::string_view jwt);
  void answer(const std::string& reply, base::Result<std::string> result);
  Services& services_;
  Answer answer_;
  std::map<SessionId, Waiting> waiting_;  // at most one a session
};

}  // namespace x1::api
