// What the adapter says to the gate: plain HTTP/1.1 over sockets of its own.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "os/fd.hpp"
#include "wire/url.hpp"

namespace x1::adapter {

class GateClient {
 public:
  static constexpr int answer_deadline_s = 30;

  // `url` is what X1_URL says: http and an IP address ("http://127.0.0.1:9090").
  [[nodiscard]] static base::Result<GateClient> at(std::string_view url);

  // A connection on which GET target was asked; its answer is read by the caller.
  [[nodiscard]] base::Result<os::Fd> get(const std::string& target) const;
  // The status of the answer to a POST of JSON. A connection each time: there are few, and the gate cuts them at the
  // end of a turn.
  [[nodiscard]] base::Result<int> post(const std::string& target, std::string json) const;

 private:
  explicit GateClient(wire::Origin origin) : origin_(std::move(origin)) {}
  [[nodiscard]] base::Result<os::Fd> connect() const;
  wire::Origin origin_;
};

}  // namespace x1::adapter
