// ControlSender: brings signed messages to the brokers, one after the other within a session, again and again until
// each has been obeyed or refused for good. What has expired is given up. A broker that can't take it now (its clock
// was set back, its disk is full) is asked again, less and less often: a revocation is never lost that way.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "api/services.hpp"

namespace x1::api {

class ControlSender {
 public:
  // Asks over the bus; an error is no answer.
  using Request = std::function<void(const std::string& subject, const std::string& payload, Then<std::string> then)>;

  ControlSender(Services& services, Request request) : services_(services), request_(std::move(request)) {}

  // There is something to send for this session, or its broker is back.
  void send(const SessionId& session);
  // Everything that still waits; called every few seconds.
  void retry();

 private:
  void answered(const SessionId& session, const ControlMessage& message, base::Result<std::string> answer);
  [[nodiscard]] Status settle(const ControlMessage& message, const std::string& outcome);
  Services& services_;
  Request request_;
  struct Pause {
    TimePoint until;
    base::Duration length;
  };
  [[nodiscard]] bool pausing(const SessionId& session) const;
  void pause(const SessionId& session);
  std::set<SessionId> busy_;
  std::map<SessionId, Pause> pauses_;  // of sessions whose broker refused for now
};

}  // namespace x1::api
