// AuditIntake: a session's signed rows, taken in order. The API keeps what it has seen: a row that was changed or cut
// off afterwards, on either side, is noticed.
#pragma once

#include <string>
#include <string_view>

#include "api/services.hpp"

namespace x1::api {

// Takes one or more lines, joined by '\n', and gives the signed receipt for the last row that is stored. Rows that are
// stored already are taken again when they are the same. Fails with invalid_request, invalid_token or conflict.
[[nodiscard]] base::Result<std::string> take_audit(Services& services, const SessionId& session,
                                                   std::string_view payload);

}  // namespace x1::api
