// What of a server's answer goes on: status, the headers on a short list, the body; the credential taken out of both.
#pragma once

#include "dialer/scrub.hpp"
#include "seam/dialer.hpp"
#include "wire/http.hpp"

namespace x1::dialer {

// Fails with upstream_error when the body is compressed, which it was asked not to be.
[[nodiscard]] base::Result<seam::dialer::Answer> clean_answer(wire::HttpResponse response, const Scrubber& scrubber);

}  // namespace x1::dialer
