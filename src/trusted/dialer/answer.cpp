#include "dialer/answer.hpp"

#include <algorithm>
#include <array>

namespace x1::dialer {
namespace {

// No set-cookie, no authentication challenge, nothing of the connection itself.
constexpr std::array<std::string_view, 14> passed{
    "allow",         "content-language", "content-range",      "content-type", "date",         "dav",        "etag",
    "last-modified", "location",         "preference-applied", "retry-after",  "schedule-tag", "sync-token", "warning"};

}  // namespace

base::Result<seam::dialer::Answer> clean_answer(wire::HttpResponse response, const Scrubber& scrubber) {
  const auto* encoding = response.header("content-encoding");
  if (encoding != nullptr && *encoding != "identity") {
    return base::Error{base::Code::upstream_error, "The server compressed its answer although it was asked not to.",
                       ""};
  }
  seam::dialer::Answer answer;
  answer.status = static_cast<std::uint16_t>(response.status);
  for (auto& header : response.headers) {
    if (std::ranges::find(passed, header.name) == passed.end()) continue;
    scrubber.scrub(header.value);
    answer.headers.push_back(std::move(header));
  }
  answer.body = std::move(response.body);
  scrubber.scrub(answer.body);
  return answer;
}

}  // namespace x1::dialer
