#include "launch/bearers.hpp"

#include <utility>

namespace x1::launch {

using base::Code;

template <class Question>
void Bearers::ask(ControlServer::Reply reply) {
  if (waiting_.size() >= max_waiting) {
    return reply(control::Refused{Code::too_many, "Too many wait to be let in.", "try again soon"});
  }
  waiting_.emplace(++last_, std::move(reply));
  tell_api_(Question{last_});
}
template void Bearers::ask<seam::launch::MintBearer>(ControlServer::Reply);
template void Bearers::ask<seam::launch::MintLink>(ControlServer::Reply);

void Bearers::took(seam::launch::Minted message) {
  answer(message.number, control::Bearer{std::move(message.token), message.seconds});
}

void Bearers::took(const seam::launch::MintRefused& message) {
  answer(message.number, control::Refused{message.code, message.message, "look into log/x1-api.log of the state"});
}

void Bearers::give_up() {
  for (const auto& [number, reply] : std::exchange(waiting_, {})) {
    reply(control::Refused{Code::unavailable, "The API is started again just now.", "try again"});
  }
}

void Bearers::answer(std::uint64_t number, const control::FromSupervisor& with) {
  const auto found = waiting_.find(number);
  if (found == waiting_.end()) return;
  const auto reply = std::move(found->second);
  waiting_.erase(found);
  reply(with);
}

}  // namespace x1::launch
