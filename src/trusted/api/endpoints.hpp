// Endpoints: from operationId to the code behind it. Every operation of the table has exactly one.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "api/arguments.hpp"
#include "api/services.hpp"
#include "wire/http.hpp"
#include "wire/value.hpp"

namespace x1::api {

struct Response {
  wire::Value body;
  std::vector<wire::Header> headers = {};
};

struct Endpoint {
  std::string_view operation;
  // Exactly one of the two, as the operation's access says.
  std::function<void(const Arguments&, Services&, Then<Response>)> anyone = {};
  std::function<void(const Caller&, const Arguments&, Services&, Then<Response>)> person = {};
};

// All but stream_events, which is answered by event_streams.hpp.
[[nodiscard]] const Endpoint* find_endpoint(std::string_view operation);

}  // namespace x1::api
