// connect: seals an account's password to the vault. It leaves this process only as a box that the vault alone opens.
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <ostream>

#include "base/encoding.hpp"
#include "cli/commands.hpp"
#include "cli/exit_status.hpp"
#include "cli/terminal.hpp"
#include "crypto/sealed_box.hpp"
#include "os/file.hpp"
#include "policy/address.hpp"
#include "wire/json.hpp"
#include "wire/secret_member.hpp"
#include "wire/url.hpp"

namespace x1::cli {
namespace {

using base::Code;
using base::Error;
using wire::Value;

constexpr std::size_t max_key_bytes = 256;
constexpr std::size_t max_ca_bytes = 64 * 1024;

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
    text.pop_back();
  return text;
}

base::Result<crypto::BoxPublicKey> vault_key(const std::string& state) {
  const auto text = os::read_file(state + "/keys/vault.pub", max_key_bytes);
  if (!text.ok()) {
    return Error{Code::unavailable, "The vault's key is not there.", "Start the platform with `x1 up`."};
  }
  return crypto::box_public_key_from_text(trimmed(*text));
}

// The URL of a collection ends with '/'; most people leave it out.
base::Result<wire::Url> collection_url(std::string text) {
  X1_TRY(url, wire::parse_url(text));
  if (!url.query.empty()) return Error{Code::invalid_request, "The URL has a query.", "Give the calendar's own URL."};
  if (!url.path.ends_with('/')) url.path += '/';
  return url;
}

std::string endpoint_text(const std::string& address, std::uint16_t port) {
  const bool v6 = address.find(':') != std::string::npos;
  return (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

// The host's addresses as texts, by this machine's own name service.
std::vector<std::string> addresses_of(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  std::vector<std::string> texts;
  for (const auto* one = found; one != nullptr; one = one->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0) {
      continue;
    }
    texts.emplace_back(text.data());
  }
  return texts;
}

// The endpoints that the vault will want confirmed: not public, or reached without TLS.
std::vector<std::string> endpoints_to_confirm(const wire::Url& url) {
  std::vector<std::string> endpoints;
  for (const auto& text : addresses_of(url.origin.host)) {
    const auto address = policy::parse_address(text);
    if (!address.ok()) continue;
    if (policy::is_public(*address) && url.origin.scheme == wire::Scheme::https) continue;
    endpoints.push_back(endpoint_text(policy::to_string(*address), url.origin.port));
  }
  return endpoints;
}

base::Result<std::vector<std::string>> confirmed_endpoints(const Context& context, const Connect& what,
                                                           const wire::Url& url) {
  auto confirmed = what.confirmed;
  const bool can_ask = ::isatty(STDIN_FILENO) != 0 && !context.json;
  for (const auto& endpoint : endpoints_to_confirm(url)) {
    if (std::ranges::find(confirmed, endpoint) != confirmed.end()) continue;
    // Whoever named one address of the host has chosen; the others of it stay refused.
    if (!what.confirmed.empty()) continue;
    if (!can_ask) {
      return Error{Code::address_refused, endpoint + " is in a private network, or reached without TLS.",
                   "If it is your own server: --confirm-address " + endpoint};
    }
    context.err << url.origin.host << " is " << endpoint
                << (url.origin.scheme == wire::Scheme::http ? ", reached without TLS" : ", in a private network")
                << ". Is this your own server? Type yes to allow exactly this address: " << std::flush;
    if (read_line() != "yes") return Error{Code::address_refused, "The address was not confirmed.", ""};
    confirmed.push_back(endpoint);
  }
  return confirmed;
}

base::Result<base::Bytes> sealed_record(const Connect& what, const wire::Url& url,
                                        const std::vector<std::string>& confirmed, const crypto::BoxPublicKey& vault) {
  Value::Object members{{"version", 1},
                        {"kind", what.kind},
                        {"url", wire::to_string(url)},
                        {"user", what.user},
                        {"confirmed", Value::Array(confirmed.begin(), confirmed.end())}};
  if (!what.ca.empty()) {
    X1_TRY(pem, os::read_file(what.ca, max_ca_bytes));
    members.emplace("ca", std::move(pem));
  }
  X1_TRY(password, read_secret("Password for " + what.user + " (not shown): "));
  X1_TRY(json, wire::json_with_secret(members, "password", password));
  return crypto::seal(json, vault);
}

}  // namespace

Outcome perform(const Context& context, const Connect& what) {
  X1_TRY(url, collection_url(what.url));
  X1_TRY(vault, vault_key(context.state));
  X1_TRY(confirmed, confirmed_endpoints(context, what, url));
  X1_TRY(record, sealed_record(what, url, confirmed, vault));
  X1_TRY(kept, context.api().post("/connections", Value::Object{{"record", base::base64_encode(record)}}));
  context.say(kept, "connected " + shown(kept, "url") + " as " + shown(kept, "user") + " (connection " +
                        shown(kept, "id") + "); the server took the login\n");
  return exit_ok;
}

}  // namespace x1::cli
