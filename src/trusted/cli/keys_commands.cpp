// keys, keys rotate.
#include <ostream>

#include "cli/commands.hpp"
#include "cli/exit_status.hpp"
#include "launch/api_keys.hpp"
#include "launch/control_client.hpp"
#include "launch/layout.hpp"

namespace x1::cli {
namespace {

using wire::Value;

std::string state_of(const policy::ApiKey& key) {
  if (!key.retired) return "signs";
  return (key.revoked ? "revoked " : "retired ") + base::format_time(*key.retired);
}

Value key_value(const policy::ApiKey& key) {
  Value::Object object{{"kid", crypto::key_id(key.key)},
                       {"key", crypto::to_text(key.key)},
                       {"made", base::format_time(key.made)},
                       {"revoked", key.revoked}};
  if (key.retired) object.emplace("retired", base::format_time(*key.retired));
  return object;
}

}  // namespace

Outcome perform(const Context& context, const Keys&) {
  X1_TRY(keys, launch::read_api_keys(launch::Layout(context.state).api_keys()));
  Value::Array items;
  std::string text;
  for (const auto& key : keys.keys) {
    items.emplace_back(key_value(key));
    text += crypto::key_id(key.key) + "  made " + base::format_time(key.made) + "  " + state_of(key) + "\n";
  }
  context.say(Value::Object{{"number", static_cast<std::int64_t>(keys.number)}, {"items", std::move(items)}}, text);
  return exit_ok;
}

Outcome perform(const Context& context, const KeysRotate& what) {
  X1_TRY(client, launch::ControlClient::connect(context.state));
  X1_TRY(rotated, client.rotate_keys(what.revoke_old));
  X1_TRY(key, crypto::public_key_from_text(rotated.key));
  const auto kid = crypto::key_id(key);
  context.say(
      Value::Object{{"number", static_cast<std::int64_t>(rotated.number)}, {"kid", kid}, {"key", rotated.key}},
      "The platform signs with " + kid + " from now on.\n" +
          (what.revoke_old ? "No earlier key is believed any more: the turns that were open have ended, and what "
                             "had been allowed has to be allowed again.\n"
                           : "What the key before had signed stays good.\n"));
  return exit_ok;
}

}  // namespace x1::cli
