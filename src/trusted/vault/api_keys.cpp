#include "vault/api_keys.hpp"

#include <algorithm>

namespace x1::vault {
namespace {

constexpr std::string_view changed_kind = "keys.changed";

}  // namespace

void replay(const audit::Row& row, std::uint64_t& last_set) {
  const auto* number = row.entry.kind == changed_kind ? row.entry.detail.find_integer("number") : nullptr;
  if (number != nullptr) last_set = std::max(last_set, static_cast<std::uint64_t>(*number));
}

base::Result<ApiKeys> ApiKeys::open(policy::KeySet given, std::uint64_t last, Journal& journal,
                                    const base::Clock& clock) {
  if (given.number < last) {
    return base::Error{base::Code::storage_failed, "The vault has seen later keys of the API than keys/api.json names.",
                       "Restore keys/, api/ and vault/ from one backup."};
  }
  ApiKeys keys(std::move(given), journal, clock);
  if (keys.set_.number > last) {
    X1_TRY(recorded, keys.record(keys.set_));
  }
  return keys;
}

base::Status ApiKeys::use(const wire::Value& keys) {
  X1_TRY(next, policy::key_set_from(keys));
  X1_TRY(follows, policy::may_follow(set_, next));
  X1_TRY(recorded, record(next));
  set_ = std::move(next);
  return base::Done{};
}

base::Status ApiKeys::record(const policy::KeySet& set) {
  audit::Entry entry;
  entry.time = clock_->now();
  entry.kind = changed_kind;
  entry.outcome = "ok";
  entry.detail = policy::to_value(set);
  return journal_->append(std::move(entry));
}

}  // namespace x1::vault
