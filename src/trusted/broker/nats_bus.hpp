// NatsBus: the broker's BusPort on the real bus.
#pragma once

#include "broker/bus_port.hpp"
#include "bus/client.hpp"

namespace x1::broker {

class NatsBus final : public BusPort {
 public:
  // The client must outlive it.
  explicit NatsBus(bus::Client& client) : client_(client) {}

  void request(std::string subject, std::string payload, base::Duration deadline, OnAnswer then) override {
    client_.request(std::move(subject), std::move(payload), deadline, std::move(then));
  }
  void serve(std::string subject, OnRequest then) override { client_.serve(std::move(subject), std::move(then)); }
  void answer(const std::string& reply, std::string payload) override { client_.answer(reply, std::move(payload)); }
  [[nodiscard]] std::string jwt() const override { return client_.jwt(); }
  void renew(std::string jwt) override { client_.renew(std::move(jwt)); }
  void reconnect() override { client_.reconnect(); }

 private:
  bus::Client& client_;
};

}  // namespace x1::broker
