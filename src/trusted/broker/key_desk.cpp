#include "broker/key_desk.hpp"

#include "broker/rows.hpp"
#include "wire/jws.hpp"

namespace x1::broker {

using wire::TokenType;

void KeyDesk::take(const wire::Value& keys, std::function<void(base::Status)> then) {
  auto next = policy::key_set_from(keys);
  if (!next.ok()) return then(std::move(next).error());
  if (auto follows = policy::may_follow(core_.api_keys, *next); !follows.ok()) return then(follows);
  core_.record(rows::keys_changed(core_.clock.now(), *next));
  core_.api_keys = std::move(next).value();
  end_what_rested();
  core_.commit.after_all([then = std::move(then)](base::Result<Recorded> row) {
    then(row.ok() ? base::Status(base::Done{}) : base::Status(std::move(row).error()));
  });
}

void KeyDesk::end_what_rested() {
  const auto turn = core_.turns.current();
  if (turn && core_.api_keys.signer(TokenType::turn, turn->token) == nullptr) effects_.close_turn("key_revoked");
  policy::Revoked fact;
  for (const auto& grant : core_.memory.ledger.grants()) {
    const bool live = !grant.spent && !grant.revoked;
    if (live && core_.api_keys.signer(TokenType::consent, grant.consent) == nullptr) fact.grants.push_back(grant.id);
  }
  if (fact.grants.empty()) return;
  core_.record(rows::key_revoked(core_.clock.now(), fact), policy::LedgerFact(fact));
  wire::Value::Array grants;
  for (const auto& id : fact.grants)
    grants.emplace_back(id.text());
  const auto told = core_.announce(NewEvent{"grant.revoked", {{"grants", std::move(grants)}}}, nullptr);
  if (!told.ok()) core_.log.error("event.refused", told.error());
  effects_.ledger_changed();
}

}  // namespace x1::broker
