// Bearers: those who asked for the owner's bearer or sign-in link on the control socket, until the API has answered.
// The kernel says who asks there (SO_PEERCRED), and no process that parses anything from outside has a part in it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "launch/control_server.hpp"
#include "seam/launch.hpp"

namespace x1::launch {

class Bearers {
 public:
  static constexpr std::size_t max_waiting = ControlServer::max_connections;
  using TellApi = std::function<void(seam::launch::ToApi)>;

  explicit Bearers(TellApi tell_api) : tell_api_(std::move(tell_api)) {}

  // `reply` gets a Bearer or a Refused, once.
  void ask_bearer(ControlServer::Reply reply) { ask<seam::launch::MintBearer>(std::move(reply)); }
  void ask_link(ControlServer::Reply reply) { ask<seam::launch::MintLink>(std::move(reply)); }
  // The API's answers. One to a question that nobody asked is dropped.
  void took(seam::launch::Minted message);
  void took(const seam::launch::MintRefused& message);
  // The API that was asked has gone.
  void give_up();

 private:
  template <class Question>
  void ask(ControlServer::Reply reply);
  void answer(std::uint64_t number, const control::FromSupervisor& with);
  TellApi tell_api_;
  std::map<std::uint64_t, ControlServer::Reply> waiting_;
  std::uint64_t last_ = 0;
};

}  // namespace x1::launch
