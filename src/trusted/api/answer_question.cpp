#include "api/answer_question.hpp"

#include "api/access.hpp"
#include "api/controls.hpp"

namespace x1::api::answer_question {

Input read(const Arguments& arguments) {
  return {arguments.id<SessionId>("session"), arguments.text("question"), arguments.text("text")};
}

base::Result<base::Done> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(session, live_session(services, caller, input.session, Role::participant));
  X1_TRY(turn, services.store.turns().open_one(session.id));
  if (!turn) return base::Error{base::Code::conflict, "No turn is open, so nobody waits for an answer.", ""};
  if (turn->actor != caller.user) {
    return base::Error{base::Code::forbidden, "The question was put to somebody else.", "let them answer"};
  }
  X1_TRY(committed, services.store.transaction([&] {
    return add_control(services, session.id, caller.user, policy::AnswerQuestion{input.question, input.text});
  }));
  services.announcer.control_waits(session.id);
  return base::Done{};
}

}  // namespace x1::api::answer_question
