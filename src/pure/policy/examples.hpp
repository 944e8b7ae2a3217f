// Small, whole examples of what policy deals with, for tests to start from and change. Included by tests only.
#pragma once

#include <string>

#include "policy/challenge.hpp"
#include "policy/decide.hpp"
#include "policy/ledger.hpp"
#include "policy/manifest.hpp"
#include "policy/tokens.hpp"

namespace x1::policy::testing {

template <class Id>
Id id(std::string_view text) {
  return Id::parse(text).value();
}

inline TimePoint at(std::int64_t seconds) { return base::from_unix_seconds(1'795'550'000 + seconds); }

inline constexpr std::string_view calendar_query = "{urn:ietf:params:xml:ns:caldav}calendar-query";
// The body of a REPORT of that name.
inline std::string report_body(std::string_view name = "calendar-query", std::string_view inside = "<d:prop/>") {
  return "<c:" + std::string(name) + R"( xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">)" +
         std::string(inside) + "</c:" + std::string(name) + ">";
}

inline Manifest manifest() {
  using wire::Method;
  const wire::Value no_arguments(
      wire::Value::Object{{"type", "object"}, {"properties", wire::Value::Object{}}, {"additionalProperties", false}});
  return Manifest{"calendar",
                  "Calendar",
                  "1.0.0",
                  "caldav",
                  {Scope{"calendar.read",
                         "Read your calendar",
                         false,
                         {{{Method::report, Method::get}, "**", {std::string(calendar_query)}}}},
                   Scope{"calendar.write", "Add events to your calendar", true, {{{Method::put}, "*.ics"}}}},
                  {Tool{"calendar_list_events", "Lists events.", "calendar.read", no_arguments},
                   Tool{"calendar_create_event", "Adds an event.", "calendar.write", no_arguments}}};
}

inline wire::Url connection() { return {{wire::Scheme::https, "calendar.example", 443}, "/ada/home/", ""}; }

inline wire::PlannedRequest planned() {
  return {wire::Method::put,
          connection().origin,
          "/ada/home/new.ics",
          {{"content-type", "text/calendar; charset=utf-8"}, {"if-none-match", "*"}},
          "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"};
}

inline wire::PlannedRequest report(std::string target = "/ada/home/") {
  return {wire::Method::report,
          connection().origin,
          std::move(target),
          {{"content-type", "application/xml; charset=utf-8"}, {"depth", "1"}},
          report_body()};
}

inline wire::CanonicalRequest request(std::string_view session = "s1", std::string_view actor = "ada",
                                      std::string_view scope = "calendar.write") {
  return {id<SessionId>(session),
          id<UserId>(actor),
          "calendar_create_event",
          std::string(scope),
          id<ConnectionId>("home"),
          wire::Value::Object{{"summary", "Dentist"}},
          {planned()}};
}

inline Challenge challenge(std::string_view name = "c1", const wire::CanonicalRequest& request = testing::request()) {
  return {id<ChallengeId>(name), request.session, TurnNumber{3}, request, wire::digest_of(request), at(0), at(3600)};
}

inline ConsentToken consent(const Challenge& challenge, Lifetime lifetime = Lifetime::once,
                            std::string_view token_id = "t1") {
  ConsentToken token{std::string(token_id),
                     challenge.id,
                     challenge.session,
                     challenge.request.actor,
                     challenge.request.scope,
                     challenge.request.connection,
                     challenge.digest,
                     lifetime,
                     std::nullopt,
                     at(10),
                     at(300)};
  if (lifetime == Lifetime::until) token.until = at(7200);
  return token;
}

inline Call call(const Challenge& challenge) {
  const auto& request = challenge.request;
  return {id<base::CallId>("call1"), challenge.session, challenge.turn, request.actor, request.tool,
          request.connection,        challenge.digest,  false,          std::nullopt,  0};
}

// A grant as the ledger makes it from a redeemed consent.
inline Grant grant(const Challenge& challenge, Lifetime lifetime = Lifetime::once, std::string_view name = "g1") {
  Grant grant{id<base::GrantId>(name),
              challenge.session,
              challenge.request.actor,
              challenge.request.scope,
              challenge.request.connection,
              lifetime,
              challenge.digest,
              challenge.turn,
              std::nullopt,
              challenge.id,
              "token",
              at(20)};
  if (lifetime == Lifetime::until) grant.until = at(7200);
  return grant;
}

}  // namespace x1::policy::testing
