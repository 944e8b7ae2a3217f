// The calendar provider: three tools over CalDAV, as one pure function from a call to a reply.
//   calendar_list_events   {start, end}                                   one REPORT on the calendar
//   calendar_get_event     {href} or {uid}                                one GET, or one REPORT
//   calendar_create_event  {summary, start, end, location?, description?}  one PUT that must not replace anything
#pragma once

#include "provider/call.hpp"

namespace x1::calendar {

[[nodiscard]] provider::Reply handle(const provider::Call& call);

}  // namespace x1::calendar
