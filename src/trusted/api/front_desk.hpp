// FrontDesk: what edge asks, answered. Checks every request once more (edge parses hostile bytes and may have been
// taken over), finds out who asks, calls the endpoint, and sends the reply.
#pragma once

#include "api/endpoints.hpp"
#include "api/event_streams.hpp"
#include "api/services.hpp"
#include "seam/edge.hpp"
#include "seam/operations.hpp"

namespace x1::api {

class FrontDesk {
 public:
  FrontDesk(Services& services, EventStreams& streams, EventStreams::Send send)
      : services_(services), streams_(streams), send_(std::move(send)) {}

  void took(seam::edge::FromEdge message);

 private:
  void handle(const seam::edge::Request& request);
  void dispatch(const seam::Operation& operation, const seam::edge::Request& request);
  void open_stream(const Caller& caller, const seam::edge::Request& request);
  void reply(std::uint64_t id, std::uint16_t success, base::Result<Response> response);
  Services& services_;
  EventStreams& streams_;
  EventStreams::Send send_;
};

}  // namespace x1::api
