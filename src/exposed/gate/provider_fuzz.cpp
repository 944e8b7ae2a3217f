// Whatever a provider says, the broker gets one of three valid messages, within the limits.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "gate/provider.hpp"

using namespace x1;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = gate::read_provider(1, base::as_text(std::span(data, size)));
  if (const auto* wants = std::get_if<seam::gate::ProviderWants>(&message)) {
    X1_CHECK(!wants->requests.empty() && wants->requests.size() <= gate::max_provider_requests);
    X1_CHECK(wants->state.size() <= gate::max_provider_state);
    for (const auto& request : wants->requests)
      X1_CHECK(request.target.starts_with('/'));
  }
  const auto frame = seam::encode_frame(message);
  X1_CHECK(seam::decode_frame<seam::gate::ToBroker>(std::string_view(frame).substr(4)).ok());
  return 0;
}
