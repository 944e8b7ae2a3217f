// Any bytes on any seam: either a valid message or a refusal, and what was read is written back as the same bytes.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "seam/box.hpp"
#include "seam/dialer.hpp"
#include "seam/edge.hpp"
#include "seam/gate.hpp"
#include "seam/launch.hpp"
#include "seam/vault.hpp"

namespace {

using namespace x1;

template <class Message>
void round_trip(std::string_view frame) {
  const auto message = seam::decode_frame<Message>(frame);
  if (!message.ok()) return;
  const auto once = seam::encode_frame(*message);
  const auto again = seam::decode_frame<Message>(std::string_view(once).substr(4));
  X1_CHECK(again.ok());
  X1_CHECK(seam::encode_frame(*again) == once);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = base::as_text(std::span(data, size));
  round_trip<seam::gate::ToBroker>(bytes);
  round_trip<seam::gate::ToGate>(bytes);
  round_trip<seam::dialer::ToDialer>(bytes);
  round_trip<seam::dialer::FromDialer>(bytes);
  round_trip<seam::dialer::ToResolver>(bytes);
  round_trip<seam::dialer::FromResolver>(bytes);
  round_trip<seam::vault::FromBroker>(bytes);
  round_trip<seam::vault::ToBroker>(bytes);
  round_trip<seam::vault::FromApi>(bytes);
  round_trip<seam::vault::ToApi>(bytes);
  round_trip<seam::vault::FromSupervisor>(bytes);
  round_trip<seam::vault::ToSupervisor>(bytes);
  round_trip<seam::box::FromBroker>(bytes);
  round_trip<seam::box::ToBroker>(bytes);
  round_trip<seam::edge::FromEdge>(bytes);
  round_trip<seam::edge::ToEdge>(bytes);
  round_trip<seam::launch::FromApi>(bytes);
  round_trip<seam::launch::ToApi>(bytes);
  // The same bytes as a stream, in two pieces: as many frames as in one.
  seam::Framer whole;
  seam::Framer pieces;
  const auto in_one = whole.feed(bytes);
  const auto first = pieces.feed(bytes.substr(0, size / 2));
  if (!first.ok()) return 0;
  const auto second = pieces.feed(bytes.substr(size / 2));
  X1_CHECK(in_one.ok() == second.ok());
  if (in_one.ok()) X1_CHECK(in_one->size() == first->size() + second->size());
  return 0;
}
