#include "launch/key_rotation.hpp"

#include <boost/asio/co_spawn.hpp>

#include "launch/api_keys.hpp"

namespace x1::launch {

namespace asio = boost::asio;
using base::Code;
using base::Error;

namespace {

// Each try but the last is an API that was started again.
constexpr int most_tries = 4;

std::string words_for(const std::string& session) { return session.empty() ? "vault " : "session " + session + " "; }

std::string question_of(const std::string& session, std::uint64_t number) {
  return words_for(session) + std::to_string(number);
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

Error api_silent() {
  return {Code::unavailable, "The API does not say which key it signs with; that is put in order when it is back.",
          "look with x1 keys, then try again"};
}

}  // namespace

asio::awaitable<control::FromSupervisor> KeyRotation::rotate(bool revoke) {
  if (rotating_) co_return control::Refused{Code::conflict, "A key is being rotated just now.", "try again"};
  rotating_ = true;
  const auto keys = co_await follow(revoke);
  // With no API there is nobody to say how far it came: then the next one does.
  auto left = keys.ok() || api_away_ || ending_ ? std::nullopt : left_over();
  if (left) co_await put_in_order(std::move(*left));
  over();
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
  const auto made = co_await make();
  if (!made.ok()) co_return made.error();
  const auto both = policy::with_next(*settled, *made, clock_.now());
  if (!both.ok()) co_return both.error();
  const auto known = co_await tell_all(*both, false);
  if (!known.vault.ok()) co_return known.vault.error();
  // Where the old key is known to somebody else, no broker that is theirs too may put its end off.
  if (!known.missing.empty() && !revoke) co_return not_taken(known.missing.front());
  end_all(known.missing);

  const auto used = co_await use(*made, revoke);
  if (!used.ok()) co_return used.error();
  auto last = policy::with_retired(*both, clock_.now(), revoke);
  const auto told = co_await tell_all(last, true);
  end_all(told.missing);
  if (!told.vault.ok()) co_return unconfirmed(told.vault.error());
  co_return last;
}

asio::awaitable<base::Result<crypto::PublicKey>> KeyRotation::make() {
  const auto number = ++asked_;
  seam::launch::ToApi question(seam::launch::MakeKey{number});
  const auto made = co_await ask(std::move(question), number);
  if (!made) co_return Error{Code::unavailable, "The API has made no key.", "try again"};
  co_return *made;
}

asio::awaitable<base::Status> KeyRotation::use(crypto::PublicKey key, bool revoke) {
  for (int tries = 0; tries < most_tries && !ending_; ++tries) {
    const auto number = ++asked_;
    seam::launch::ToApi question(seam::launch::UseKey{number, crypto::to_text(key), revoke});
    const auto used = co_await ask(std::move(question), number);
    if (used && !used->ok()) co_return used->error();
    if (used && used->value() == key) co_return base::Done{};
    if (used) co_return Error{Code::internal, "The API uses another key than it was told.", ""};
    if (!api_away_ && !ending_) {
      api_lost();
      parts_.restart_api();
    }
  }
  co_return api_silent();
}

asio::awaitable<KeyRotation::Said> KeyRotation::ask(seam::launch::ToApi question, std::uint64_t number) {
  if (api_away_) {
    api_back_ = std::make_unique<Latch>(context_, "the API's return");
    const auto back = co_await api_back_->wait(patience_.restart);
    if (!back.ok()) co_return std::nullopt;
  }
  const auto name = api(number);
  expect(name, "the API's new key");
  parts_.ask_api(std::move(question));
  const auto answer = co_await wait(name, patience_.answer);
  if (!waiting_.at(name)->answered) co_return std::nullopt;
  if (!answer.ok()) co_return answer.error();
  co_return crypto::public_key_from_text(*answer);
}

asio::awaitable<KeyRotation::Told> KeyRotation::tell_all(policy::KeySet keys, bool last) {
  auto kept = keep_api_keys(layout_, keys);
  if (!kept.ok()) co_return Told{std::move(kept), {}};
  const auto value = policy::to_value(keys);
  const auto vault = question_of("", keys.number);
  expect(vault, "the vault's word that it knows the API's keys");
  const auto sent = parts_.tell_vault(seam::vault::UseKeys{keys.number, value});
  // It does not run just now, and begins with what is kept.
  if (!sent.ok() && sent.error().code == Code::unavailable) begins_anew("");
  const auto sessions = parts_.tell_brokers(seam::box::UseKeys{keys.number, value});
  for (const auto& session : sessions)
    expect(question_of(session, keys.number), session);
  const auto taken = co_await vault_answer(vault, last);
  Told told{taken.ok() ? base::Status(base::Done{}) : base::Status(taken.error()), {}};
  for (const auto& session : sessions) {
    const auto said = co_await wait(question_of(session, keys.number), patience_.answer);
    // One that ended meanwhile, or is being started again, is nobody to wait for.
    if (!said.ok() && parts_.has_broker(session)) told.missing.push_back(session);
  }
  co_return told;
}

asio::awaitable<KeyRotation::Answer> KeyRotation::vault_answer(std::string question, bool last) {
  const auto taken = co_await wait(question, patience_.answer);
  const bool restarts = api_away_;  // the API goes with the vault
  if (waiting_.at(question)->latch.is_set() || !(last || restarts)) co_return taken;
  if (!restarts) parts_.restart_vault();
  co_return co_await wait(question, patience_.restart);
}

// The API's own key says how far it came.
std::optional<KeyRotation::LeftOver> KeyRotation::left_over() {
  const auto before = read_api_keys(layout_.api_keys());
  auto settled = settle_api_keys(layout_, clock_.now());
  if (!settled.ok()) journal_.error("keys.not_settled", settled.error());
  if (!settled.ok() || (before.ok() && *before == *settled)) return std::nullopt;
  const bool followed = !before.ok() || before->keys.size() == settled->keys.size();
  return LeftOver{std::move(settled).value(), followed};
}

asio::awaitable<void> KeyRotation::put_in_order(LeftOver left) {
  const auto number = left.keys.number;
  const auto told = co_await tell_all(std::move(left.keys), true);
  if (left.followed) end_all(told.missing);
  if (!told.vault.ok()) co_return journal_.error("keys.not_settled", told.vault.error());
  journal_.info("keys.settled", {{"number", number}});
}

void KeyRotation::end_all(const std::vector<std::string>& sessions) {
  for (const auto& session : sessions)
    parts_.end_session(session, "its broker did not take the API's keys");
}

void KeyRotation::expect(const std::string& question, const std::string& what) {
  waiting_.insert_or_assign(question, std::make_unique<Question>(Question{Latch(context_, what)}));
}

asio::awaitable<KeyRotation::Answer> KeyRotation::wait(std::string question, std::chrono::milliseconds patience) {
  co_return co_await waiting_.at(question)->latch.wait(patience);
}

void KeyRotation::answered(const std::string& question, Answer with) {
  const auto found = waiting_.find(question);
  if (found == waiting_.end() || found->second->latch.is_set()) return;
  found->second->answered = true;
  found->second->latch.set(std::move(with));
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

void KeyRotation::begins_anew(const std::string& session) {
  const auto name = words_for(session);
  for (const auto& [question, waits] : waiting_) {
    if (question.starts_with(name)) waits->latch.set(std::string());
  }
}

void KeyRotation::api_lost() {
  api_away_ = true;
  for (const auto& [question, waits] : waiting_) {
    if (question.starts_with("api ")) {
      waits->latch.set(Error{Code::unavailable, "The API is started again just now.", "try again"});
    }
  }
}

void KeyRotation::api_again() {
  api_away_ = false;
  if (api_back_) api_back_->set(std::string());
  if (ending_ || rotating_) return;
  auto left = left_over();
  if (!left) return;
  rotating_ = true;
  asio::co_spawn(context_, put_in_order(std::move(*left)), [this](std::exception_ptr failure) {
    if (failure) journal_.error("keys.not_settled", Error{Code::internal, "An exception.", ""});
    over();
  });
}

void KeyRotation::over() {
  rotating_ = false;
  waiting_.clear();
}

void KeyRotation::give_up() {
  ending_ = true;
  const Error ending{Code::unavailable, "The platform is ending.", ""};
  if (api_back_) api_back_->set(ending);
  for (const auto& [question, waits] : waiting_)
    waits->latch.set(ending);
}

}  // namespace x1::launch
