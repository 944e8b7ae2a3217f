// KeyDesk: another set of keys by which the API is believed, as the supervisor tells it. A key that is revoked takes
// with it what rests on it here: the open turn that it certified, and the grants whose consent it signed.
#pragma once

#include <functional>

#include "broker/core.hpp"

namespace x1::broker {

struct KeyEffects {
  std::function<void()> ledger_changed;
  std::function<void(std::string_view outcome)> close_turn;
};

class KeyDesk {
 public:
  KeyDesk(Core& core, KeyEffects effects) : core_(core), effects_(std::move(effects)) {}

  // Of a record that was read back: ends what rests on a key that was revoked meanwhile, or just before it broke off.
  void begin() { end_what_rested(); }
  // `then` hears Done when the set counts, and its row is durable; conflict for an old one.
  void take(const wire::Value& keys, std::function<void(base::Status)> then);

 private:
  void end_what_rested();
  Core& core_;
  KeyEffects effects_;
};

}  // namespace x1::broker
