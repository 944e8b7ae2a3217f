// A broker's world with an agent that asks for permission and does not wait: it holds a ticket.
#pragma once

#include "hostile/broker_world.hpp"

namespace x1::hostile {

struct TicketWorld : BrokerWorld {
  using BrokerWorld::BrokerWorld;

  // Asks without waiting → the ticket.
  std::string ticket_for(const std::string& tool) {
    const auto number =
        call("request_permission",
             wire::Value::Object{{"tool", tool}, {"arguments", wire::Value::Object{}}, {"wait", false}});
    wants(provider_answers(), {examples::planned()});
    REQUIRE(answer_to(number) == "ok");
    const auto* ticket = last<gate::CallResult>().result.find_string("ticket");
    REQUIRE(ticket != nullptr);
    CHECK(*last<gate::CallResult>().result.find_string("status") == "pending");
    return *ticket;
  }
  std::string status_of(const std::string& ticket) {
    const auto number = call("request_permission", wire::Value::Object{{"ticket", ticket}});
    const auto told = answer_to(number);
    return told == "ok" ? *last<gate::CallResult>().result.find_string("status") : told;
  }
  void deny(const base::ChallengeId& challenge) {
    const auto answered = bus.answers.size();
    bus.control(signed_by_api(policy::Control{"deny-" + challenge.text(), examples::id<base::SessionId>("s1"),
                                              examples::id<base::UserId>("ada"), policy::DenyChallenge{challenge},
                                              examples::at(15)}),
                "_INBOX.api.1");
    until([&] { return bus.answers.size() > answered; });
    REQUIRE(bus.answers.back() == "ok");
  }
  [[nodiscard]] std::string decisions() const {
    std::string all;
    for (const auto& each : at_gate) {
      if (const auto* decided = std::get_if<gate::PersonDecided>(&each)) all += decided->status + " ";
    }
    return all;
  }
};

}  // namespace x1::hostile
