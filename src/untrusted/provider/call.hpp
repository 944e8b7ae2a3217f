// What a provider is asked, and what it may answer. JSON forms: schema/bus.md, `x1.provider.….call`.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "wire/http.hpp"
#include "wire/url.hpp"
#include "wire/value.hpp"

namespace x1::provider {

enum class Mode { plan, run };

// The upstream's answer to one request of the round before, in its order.
struct Answer {
  int status = 0;
  std::vector<wire::Header> headers;
  std::string body;
};

struct Call {
  Mode mode = Mode::plan;
  std::string tool;
  wire::Value arguments;
  wire::Url connection;  // where the person's account is: everything asked for must lie below it
  std::string state;     // what this provider said in the round before; empty in the first
  std::vector<Answer> answers;
};

struct Request {
  wire::Method method = wire::Method::get;
  std::string target;  // origin form, on the connection's origin
  std::vector<wire::Header> headers;
  std::string body;
};

// Finished: the tool's result, an object.
struct Finished {
  wire::Value result;
};
// Please make these requests, and ask again with the answers and this state (at most 16 KiB).
struct Wants {
  std::vector<Request> requests;
  std::string state;
};
// The call can't be done. The message is for the agent: one sentence, no secret.
struct Failed {
  base::Code code = base::Code::provider_error;
  std::string message;
};
using Reply = std::variant<Finished, Wants, Failed>;

// Pure: the same call gives the same reply.
using Handler = std::function<Reply(const Call&)>;

[[nodiscard]] base::Result<Call> parse_call(std::string_view json);
[[nodiscard]] std::string encode_reply(const Reply& reply);

}  // namespace x1::provider
