#include "launch/key_rotation.hpp"

#include "launch/api_keys.hpp"

namespace x1::launch {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using base::Code;
using base::Error;

namespace {

constexpr auto answer_patience = 5s;

std::string question_of(const std::string& session, std::uint64_t number) {
  return (session.empty() ? "vault" : "session " + session) + " " + std::to_string(number);
}

Error not_taken(const std::string& session) {
  return {Code::unavailable, "The broker of the session " + session + " does not take a new key: nothing was changed.",
          "end it with x1 sessions --end " + session + ", then try again"};
}

// A start puts it in order: vault and brokers then begin with the keys that are not retired.
Error unconfirmed(const Error& why) {
  return {why.code, "The API signs with a new key, but the vault has not said that it takes the old one for retired.",
          "x1 down, then x1 up"};
}

}  // namespace

asio::awaitable<control::FromSupervisor> KeyRotation::rotate(bool revoke) {
  if (rotating_) co_return control::Refused{Code::conflict, "A key is being rotated just now.", "try again"};
  rotating_ = true;
  const auto keys = co_await follow(revoke);
  rotating_ = false;
  waiting_.clear();
  if (!keys.ok()) {
    journal_.error("keys.not_rotated", keys.error());
    co_return control::Refused{keys.error().code, keys.error().message, keys.error().next};
  }
  const auto& key = keys->keys.back().key;
  journal_.info("keys.rotated", {{"number", keys->number}, {"kid", crypto::key_id(key)}});
  co_return control::Rotated{keys->number, crypto::to_text(key)};
}

asio::awaitable<base::Result<policy::KeySet>> KeyRotation::follow(bool revoke) {
  const auto settled = settle_api_keys(layout_, clock_.now());
  if (!settled.ok()) co_return settled.error();
  auto number = ++asked_;
  seam::launch::ToApi question(seam::launch::MakeKey{number});
  const auto made = co_await ask_api(std::move(question), number);
  if (!made.ok()) co_return made.error();
  const auto both = policy::with_next(*settled, *made, clock_.now());
  if (!both.ok()) co_return both.error();
  const auto known = co_await tell_all(*both);
  if (!known.ok()) co_return known.error();
  // Where the old key is known to somebody else, no broker that is theirs too may put its end off.
  if (!known->empty() && !revoke) co_return not_taken(known->front());
  end_all(*known);

  number = ++asked_;
  question = seam::launch::UseKey{number, crypto::to_text(*made), revoke};
  const auto used = co_await ask_api(std::move(question), number);
  if (!used.ok()) co_return used.error();
  if (*used != *made) co_return Error{Code::internal, "The API uses another key than it was told.", ""};
  auto last = policy::with_retired(*both, clock_.now(), revoke);
  const auto told = co_await tell_all(last);
  if (!told.ok()) co_return unconfirmed(told.error());
  end_all(*told);
  co_return last;
}

asio::awaitable<base::Result<crypto::PublicKey>> KeyRotation::ask_api(seam::launch::ToApi question,
                                                                      std::uint64_t number) {
  const auto name = api(number);
  waiting_.insert_or_assign(name, std::make_unique<Latch>(context_, "the API's new key"));
  core_.ask_api(std::move(question));
  const auto answer = co_await wait(name);
  if (!answer.ok()) co_return answer.error();
  co_return crypto::public_key_from_text(*answer);
}

asio::awaitable<base::Result<std::vector<std::string>>> KeyRotation::tell_all(policy::KeySet keys) {
  const auto kept = keep_api_keys(layout_, keys);
  if (!kept.ok()) co_return kept.error();
  const auto value = policy::to_value(keys);
  const auto vault = question_of("", keys.number);
  waiting_.insert_or_assign(vault, std::make_unique<Latch>(context_, "the vault's word that it knows the API's keys"));
  const auto sent = core_.tell_vault(seam::vault::UseKeys{keys.number, value});
  if (!sent.ok()) co_return sent.error();
  const auto sessions = sessions_.tell_keys(seam::box::UseKeys{keys.number, value});
  for (const auto& session : sessions) {
    waiting_.insert_or_assign(question_of(session, keys.number), std::make_unique<Latch>(context_, session));
  }
  const auto taken = co_await wait(vault);
  if (!taken.ok()) co_return taken.error();
  std::vector<std::string> missing;
  for (const auto& session : sessions) {
    const auto said = co_await wait(question_of(session, keys.number));
    // One that ended meanwhile is nobody to wait for.
    if (!said.ok() && sessions_.runs(session)) missing.push_back(session);
  }
  co_return missing;
}

void KeyRotation::end_all(const std::vector<std::string>& sessions) {
  for (const auto& session : sessions)
    sessions_.end(session, "its broker did not take the API's keys");
}

asio::awaitable<KeyRotation::Answer> KeyRotation::wait(const std::string& question) {
  co_return co_await waiting_.at(question)->wait(answer_patience);
}

void KeyRotation::answered(const std::string& question, Answer with) {
  const auto found = waiting_.find(question);
  if (found != waiting_.end()) found->second->set(std::move(with));
}

void KeyRotation::took(const seam::launch::KeyFailed& message) {
  answered(api(message.number), Error{message.code, message.message, "look into log/x1-api.log of the state"});
}

void KeyRotation::taken(const std::string& session, std::uint64_t number, const std::string& code) {
  const auto question = question_of(session, number);
  if (code.empty()) return answered(question, std::string());
  answered(question, Error{Code::unavailable, "The API's keys were refused with " + code + ".",
                           "look into log/ of the state folder"});
}

void KeyRotation::give_up() {
  for (const auto& [question, latch] : waiting_)
    latch->set(Error{Code::unavailable, "The API is started again just now.", "try again"});
}

}  // namespace x1::launch
