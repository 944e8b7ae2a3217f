#include "contract/openapi/broker_end.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "os/system_clock.hpp"
#include "wire/jws.hpp"

namespace x1::contract {
namespace {

namespace nats = wire::nats;

base::TimePoint now() { return os::SystemClock().now(); }

}  // namespace

BrokerEnd::BrokerEnd(const World& world, std::string session, const crypto::SigningKey& key)
    : bus_(world.bus(), world.broker_user(session)), session_(std::move(session)), key_(key), chain_(session_) {
  REQUIRE(bus_.refusal().empty());
  REQUIRE(bus_.errors_of(nats::subscribe("_INBOX." + session_ + ".>", 1) +
                         nats::subscribe("x1.session." + session_ + ".control", 2))
              .empty());
}

nats::Message BrokerEnd::next(std::string_view prefix) {
  const auto until = now() + std::chrono::seconds(10);
  while (now() < until) {
    const auto found = std::ranges::find_if(held_, [&](const auto& each) { return each.subject.starts_with(prefix); });
    if (found != held_.end()) {
      auto message = *found;
      held_.erase(found);
      return message;
    }
    auto come = bus_.messages();
    held_.insert(held_.end(), come.begin(), come.end());
  }
  FAIL("nothing came on " << prefix);
  return {};
}

// What came meanwhile is kept.
void BrokerEnd::send(const std::string& bytes) {
  for (const auto& frame : bus_.exchange(bytes)) {
    REQUIRE_FALSE(std::holds_alternative<nats::ServerError>(frame));
    if (const auto* message = std::get_if<nats::Message>(&frame)) held_.push_back(*message);
  }
}

void BrokerEnd::ask_later(std::string_view what, const std::string& payload) {
  const auto reply = "_INBOX." + session_ + "." + std::to_string(++asked_);
  send(nats::publish("x1.api.session." + session_ + "." + std::string(what), reply, payload));
}

std::string BrokerEnd::next_answer() { return next("_INBOX." + session_ + "." + std::to_string(asked_)).payload; }

std::string BrokerEnd::ask(std::string_view what, const std::string& payload) {
  ask_later(what, payload);
  return next_answer();
}

nats::Message BrokerEnd::next_control() { return next("x1.session."); }

void BrokerEnd::acknowledge(const nats::Message& control, std::string_view with) {
  send(nats::publish(control.reply, "", with));
}

std::string BrokerEnd::event(std::string_view type, std::string_view actor, std::uint64_t turn,
                             wire::Value::Object payload) {
  return wire::sign_jws(wire::TokenType::event,
                        wire::Value::Object{{"session", session_},
                                            {"seq", static_cast<std::int64_t>(++seq_)},
                                            {"time", base::format_time(now())},
                                            {"type", type},
                                            {"actor", actor},
                                            {"turn", static_cast<std::int64_t>(turn)},
                                            {"payload", std::move(payload)}},
                        key_);
}

std::string BrokerEnd::row(std::string_view kind) {
  audit::Entry entry;
  entry.time = now();
  entry.kind = kind;
  entry.outcome = "ok";
  const auto row = chain_.next(std::move(entry), key_.key_id());
  chain_.accept(row);
  return audit::encode_line(row, key_);
}

policy::Challenge challenge(const std::string& id, const std::string& session, const std::string& actor,
                            std::uint64_t turn, const std::string& connection, base::Duration life) {
  const wire::CanonicalRequest request{base::SessionId::parse(session).value(),
                                       base::UserId::parse(actor).value(),
                                       "calendar_list_events",
                                       "calendar.read",
                                       base::ConnectionId::parse(connection).value(),
                                       wire::Value::Object{{"day", "2026-11-24"}, {"question", id}},
                                       {}};
  return policy::Challenge{base::ChallengeId::parse(id).value(),
                           request.session,
                           base::TurnNumber(turn),
                           request,
                           wire::digest_of(request),
                           now(),
                           now() + life};
}

wire::Value::Object asked(const policy::Challenge& challenge) {
  return {{"challenge", policy::to_value(challenge)},
          {"manifest_title", "Calendar"},
          {"scope_title", "Read your calendar"},
          {"side_effects", false}};
}

}  // namespace x1::contract
