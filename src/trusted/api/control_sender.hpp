// ControlSender: brings signed messages to the brokers, one after the other within a session, again and again until
// each has been obeyed or refused for good. What has expired is given up, and so is all of a session that is over. A
// message that its broker can't take now (its clock was set back, its disk is full) is sent again, less and less often,
// and those behind it go first: none rests on an earlier one, and a revocation must not wait for somebody's words.
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
  Services& services_;
  Request request_;
  struct Pause {
    TimePoint until;
    base::Duration length;
  };
  [[nodiscard]] bool pausing(const ControlMessage& message) const;
  void pause(const ControlMessage& message);
  std::set<SessionId> busy_;
  // Of messages that their broker refused for now, by id.
  std::map<SessionId, std::map<std::string, Pause>> pauses_;
};

}  // namespace x1::api
