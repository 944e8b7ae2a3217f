#include "vault/options.hpp"

#include <array>
#include <charconv>
#include <map>

#include "wire/json.hpp"

namespace x1::vault {
namespace {

constexpr std::array options{"--state",      "--supervisor", "--dialer",       "--ready",
                             "--dialer-key", "--api-keys",   "--platform-port"};

base::Error wrong(const std::string& what) {
  return {base::Code::invalid_request, what,
          "x1-vault --state DIR --supervisor FD --dialer FD --ready FD --dialer-key TEXT --api-keys JSON "
          "--platform-port N"};
}

base::Result<int> descriptor(const std::string& text) {
  int number = -1;
  const auto* const end = std::to_address(text.end());
  const auto [stopped, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || stopped != end || number < 3) return wrong("A descriptor is a number from 3.");
  return number;
}

base::Result<std::uint16_t> port(const std::string& text) {
  std::uint16_t number = 0;
  const auto* const end = std::to_address(text.end());
  const auto [stopped, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || stopped != end || number == 0) return wrong("A port is a number from 1 to 65535.");
  return number;
}

}  // namespace

base::Result<Options> read_options(std::span<const std::string> arguments) {
  std::map<std::string, std::string> given;
  for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) {
    if (!given.emplace(arguments[i], arguments[i + 1]).second) return wrong(arguments[i] + " is given twice.");
  }
  for (const std::string name : options) {
    if (!given.contains(name)) return wrong(name + " is missing.");
  }
  if (arguments.size() != 2 * options.size()) return wrong("There is an argument too many.");
  X1_TRY(supervisor, descriptor(given["--supervisor"]));
  X1_TRY(dialer, descriptor(given["--dialer"]));
  X1_TRY(ready, descriptor(given["--ready"]));
  X1_TRY(dialer_key, crypto::box_public_key_from_text(given["--dialer-key"]));
  X1_TRY(keys_value, wire::parse_json(given["--api-keys"]));
  X1_TRY(api_keys, policy::key_set_from(keys_value));
  X1_TRY(platform_port, port(given["--platform-port"]));
  return Options{given["--state"], supervisor, dialer, ready, dialer_key, std::move(api_keys), platform_port};
}

}  // namespace x1::vault
