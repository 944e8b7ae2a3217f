// Scrubber: takes a password out of what a server answered, in the forms in which servers hand passwords back: as it
// is; base64 and base64url, alone, inside anything longer at each of the three alignments, and as the Basic credential;
// percent-encoded; hex; escaped for JSON, XML and HTML. A hostile server can always send it in a form of its own
// (docs/limits.md): what keeps it from others then is that it had it before.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "crypto/secret.hpp"

namespace x1::dialer {

class Scrubber {
 public:
  static constexpr std::string_view mark = "[credential removed]";

  [[nodiscard]] static base::Result<Scrubber> of(std::string_view user, const crypto::Secret& password);

  // Replaces every occurrence by `mark`. Whether there was any.
  bool scrub(std::string& text) const;

 private:
  struct Part {
    std::size_t offset = 0;
    std::size_t size = 0;
  };
  Scrubber(crypto::Secret forms, std::vector<Part> parts) : forms_(std::move(forms)), parts_(std::move(parts)) {}
  crypto::Secret forms_;     // all forms, one behind the other
  std::vector<Part> parts_;  // the longest first, so that no shorter one leaves a rest of it
};

}  // namespace x1::dialer
