// The calendar provider: its tools over CalDAV, as one pure function from a call to a reply.
//   calendar_list_events        {start, end, zone?}                   one REPORT on the calendar
//   calendar_get_event          {href} or {uid}                       one GET, or one REPORT
//   calendar_create_event       {summary, start, end, …}              one PUT that must not replace anything
//   calendar_update_event       {href or uid, etag?, occurrence?, …}  the event is read, then one PUT of that version
//   calendar_delete_occurrence  {href or uid, etag?, occurrence}      the same
//   calendar_delete_event       {href or uid, etag?, summary}         the event is read, then one DELETE of that
//   version
#pragma once

#include "provider/call.hpp"

namespace x1::calendar {

[[nodiscard]] provider::Reply handle(const provider::Call& call);

// In writes.cpp: the tools that change something.
[[nodiscard]] provider::Reply create_event(const provider::Call& call);
[[nodiscard]] provider::Reply update_event(const provider::Call& call);
[[nodiscard]] provider::Reply delete_occurrence(const provider::Call& call);
[[nodiscard]] provider::Reply delete_event(const provider::Call& call);

}  // namespace x1::calendar
