#include "api/use_connection.hpp"

#include "api/decision.hpp"

namespace x1::api::use_connection {
namespace {

base::Result<ChallengeRecord> redirected(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(challenge, challenge_to_decide(services, caller, input.challenge));
  X1_TRY(asked, asked_in(challenge));
  if (!policy::offers(asked, input.connection)) return policy::unmet::challenge_deny_offered.error();
  auto there = challenge;
  there.connection = input.connection;
  X1_TRY(connected, still_connected(services, there));
  return decline(services, caller, std::move(challenge), {input.challenge, false, input.connection});
}

}  // namespace

Input read(const Arguments& arguments) {
  return {arguments.id<ChallengeId>("challenge"), arguments.id<ConnectionId>("connection")};
}

base::Result<ChallengeRecord> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(challenge, in_transaction(services.store, [&] { return redirected(caller, input, services); }));
  services.announcer.control_waits(challenge.session);
  return std::move(challenge);
}

}  // namespace x1::api::use_connection
