// Views: records as the JSON values that people and programs see. Their shapes are in schema/openapi.json.
#pragma once

#include "api/create_invite.hpp"
#include "api/records.hpp"
#include "wire/value.hpp"

namespace x1::api {

[[nodiscard]] wire::Value view(const User& user);
[[nodiscard]] wire::Value view(const Session& session);
[[nodiscard]] wire::Value view(const Turn& turn);
[[nodiscard]] wire::Value view(const ChallengeRecord& challenge, TimePoint now);
// On which account, and on what part of it, is told to the person whose it is.
[[nodiscard]] wire::Value view(const GrantRecord& grant, const UserId& reader);
[[nodiscard]] wire::Value view(const Denial& denial, const UserId& reader);
[[nodiscard]] wire::Value view(const ConnectionRecord& connection);
[[nodiscard]] wire::Value view(const Member& member);
[[nodiscard]] wire::Value view(const Invited& invited);
// The data of a server-sent event. Of a question to somebody else than the reader it tells only whose it is, of which
// scope and how long it waits.
[[nodiscard]] wire::Value view(const Event& event, const UserId& reader);

// {"items": […]}; for a reader, where what is seen of a record depends on whose it is.
template <class Record, class... Reader>
[[nodiscard]] wire::Value view_all(const std::vector<Record>& records, const Reader&... reader) {
  wire::Value::Array items;
  for (const auto& record : records)
    items.push_back(view(record, reader...));
  return wire::Value::Object{{"items", std::move(items)}};
}

}  // namespace x1::api
