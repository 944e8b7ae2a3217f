// Context: what every command is given, and the few things that all of them do.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/api_client.hpp"
#include "policy/manifest.hpp"
#include "wire/value.hpp"

namespace x1::cli {

struct Context {
  std::string state;  // the state folder
  bool json = false;
  std::ostream& out;
  std::ostream& err;
  Bearer& bearer;          // who this program is to the API
  std::string place = {};  // which of the logins kept on this machine; empty: the usual one

  [[nodiscard]] ApiClient api() const { return {state + "/run/api.sock", bearer}; }
  // Prints the value as one line of JSON, or the text.
  void say(const wire::Value& value, const std::string& text) const;
};

// The exit status of a command, or why it failed.
using Outcome = base::Result<int>;

// The {"items": […]} of a list; empty when there is none.
[[nodiscard]] const wire::Value::Array& items_of(const wire::Value& list);
// The string member, made visible for a terminal; "" when there is none.
[[nodiscard]] std::string shown(const wire::Value& value, std::string_view name);

// "message next [code]", as docs/errors.md says: safe to print.
[[nodiscard]] std::string explained(const base::Error& error);

// A reason that somebody else wrote, as the end of a sentence of ours: visible, and with one full stop.
[[nodiscard]] std::string ending_with(std::string_view reason);

// The manifests that the platform approved, from its state folder.
[[nodiscard]] base::Result<std::vector<policy::Manifest>> read_manifests(const std::string& state);

}  // namespace x1::cli
