#include "vault/record.hpp"

#include <algorithm>
#include <charconv>

#include "policy/address.hpp"
#include "wire/fields.hpp"
#include "wire/json.hpp"

namespace x1::vault {
namespace {

using base::Code;
using base::Error;
using wire::Value;

constexpr std::size_t max_confirmed = 16;
constexpr std::size_t length_bytes = 4;
constexpr std::string_view pem_begin = "-----BEGIN CERTIFICATE-----";

Error refused(std::string message, std::string next = "") {
  return Error{Code::invalid_request, std::move(message), std::move(next)};
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// "ADDRESS:PORT" in its one canonical form: the dialer compares addresses, people compare texts.
base::Result<policy::Endpoint> parse_endpoint(std::string_view text) {
  const auto wrong = refused("A confirmed address is not of the form 127.0.0.1:5232 or [::1]:5232.");
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return wrong;
  auto host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  X1_TRY(address, policy::parse_address(host));
  if (address.is_v4() == bracketed) return wrong;
  const auto digits = text.substr(colon + 1);
  policy::Endpoint endpoint{.address = address, .port = 0};
  const auto* const end = std::to_address(digits.end());
  const auto [stopped, failure] = std::from_chars(digits.data(), end, endpoint.port);
  if (failure != std::errc() || stopped != end || endpoint.port == 0 || digits.front() == '0') return wrong;
  return endpoint;
}

base::Status check_url(const wire::Url& url, const std::vector<policy::Endpoint>& confirmed) {
  if (!url.query.empty()) return refused("The URL has a query.", "Give the calendar's own URL.");
  if (!url.path.ends_with('/')) return refused("The URL does not end with '/'.", "Give the calendar's own URL.");
  const auto same_port = [&](const policy::Endpoint& one) { return one.port == url.origin.port; };
  if (!std::ranges::all_of(confirmed, same_port)) {
    return refused("A confirmed address has another port than the URL.", "Confirm the port that the URL uses.");
  }
  if (url.origin.scheme == wire::Scheme::http && confirmed.empty()) {
    return refused("Plain http would send the password unprotected.",
                   "Use https, or confirm the exact address and port of a server of your own.");
  }
  return base::Done{};
}

bool is_loopback(const policy::Address& address) {
  constexpr std::size_t first_of_v4 = 12;
  if (address.is_v4()) return address.bytes[first_of_v4] == 127;  // RFC 1122, 3.2.1.3: all of 127/8
  return policy::to_string(address) == "::1";
}

bool names_this_machine(std::string_view host) {
  const auto address = policy::parse_address(host);
  if (address.ok()) return is_loopback(*address);
  return host == "localhost" || host.ends_with(".localhost");  // RFC 6761, 6.3
}

base::Status check_words(const Record& record) {
  // RFC 7617: a user name with ':' could not be told from the password.
  if (record.user.empty() || has_control(record.user) || record.user.find(':') != std::string::npos) {
    return refused("The user name is empty, or has a ':' or a control character.");
  }
  if (record.password.size() == 0 || has_control(base::as_text(record.password.expose()))) {
    return refused("The password is empty or has a control character.");
  }
  if (!record.ca.empty() && !record.ca.starts_with(pem_begin)) {
    return refused("The trust anchor is not a PEM certificate.");
  }
  return base::Done{};
}

// The members that both forms share; the password is the caller's.
base::Result<Record> read_members(wire::Fields& fields, base::UserId owner) {
  if (fields.integer("version", 1, 1) != 1) fields.fail("version", "is not 1");
  auto kind = fields.string("kind", 16);
  if (kind != "caldav") fields.fail("kind", "is not caldav");
  const auto url_text = fields.string("url", 2048);
  auto user = fields.string("user", 256);
  const auto confirmed = fields.any("confirmed");
  auto ca = fields.optional_string("ca", max_ca_bytes).value_or("");
  if (confirmed.array() == nullptr || confirmed.array()->size() > max_confirmed) {
    fields.fail("confirmed", "is not a list of at most 16 addresses");
  }
  if (auto done = fields.finish(); !done.ok()) return std::move(done).error();
  X1_TRY(url, wire::parse_url(url_text));
  Record record{std::move(owner), std::move(kind), std::move(url), std::move(user), {}, {}, std::move(ca)};
  std::vector<policy::Endpoint> endpoints;
  for (const auto& one : *confirmed.array()) {
    if (one.string() == nullptr) return refused("A confirmed address is not text.");
    X1_TRY(endpoint, parse_endpoint(*one.string()));
    endpoints.push_back(endpoint);
    record.confirmed.push_back(*one.string());
  }
  X1_TRY(url_holds, check_url(record.url, endpoints));
  return record;
}

Value public_members(const Record& record) {
  Value::Array confirmed(record.confirmed.begin(), record.confirmed.end());
  Value::Object object{{"version", 1},
                       {"kind", record.kind},
                       {"url", wire::to_string(record.url)},
                       {"user", record.user},
                       {"confirmed", std::move(confirmed)},
                       {"owner", record.owner.text()}};
  if (!record.ca.empty()) object.emplace("ca", record.ca);
  return object;
}

}  // namespace

base::Result<Record> read_record(const crypto::Secret& json, base::UserId owner) {
  X1_TRY(value, wire::parse_json(base::as_text(json.expose()),
                                 wire::JsonLimits{.bytes = max_record_bytes, .depth = 3, .values = 64}));
  wire::Fields fields(value, "the connection record");
  const auto password = fields.string("password", 1024);
  X1_TRY(record, read_members(fields, std::move(owner)));
  X1_TRY(kept, crypto::Secret::copy_of(base::as_bytes(password)));
  record.password = std::move(kept);
  X1_TRY(words_hold, check_words(record));
  return record;
}

base::Status check_not_platform(const Record& record, std::uint16_t platform_port) {
  const auto is_platform = [platform_port](const std::string& text) {
    const auto endpoint = parse_endpoint(text);
    return !endpoint.ok() || (endpoint->port == platform_port && is_loopback(endpoint->address));
  };
  const auto& origin = record.url.origin;
  if ((origin.port == platform_port && names_this_machine(origin.host)) ||
      std::ranges::any_of(record.confirmed, is_platform)) {
    return Error{Code::address_refused, "This is the address of x1 itself.", "Give the URL of the calendar's server."};
  }
  return base::Done{};
}

base::Result<crypto::Secret> encode_stored(const Record& record) {
  const auto head = wire::canonical_json(public_members(record));
  X1_TRY(stored, crypto::Secret::of_size(length_bytes + head.size() + record.password.size()));
  auto out = stored.fill();
  for (std::size_t i = 0; i < length_bytes; ++i)
    out[i] = static_cast<std::uint8_t>(head.size() >> (8 * i));
  std::ranges::copy(head, out.subspan(length_bytes).begin());
  std::ranges::copy(record.password.expose(), out.subspan(length_bytes + head.size()).begin());
  return stored;
}

base::Result<Record> decode_stored(const crypto::Secret& stored) {
  const auto bytes = stored.expose();
  const Error broken{Code::storage_failed, "A kept record can't be read.", ""};
  if (bytes.size() < length_bytes) return broken;
  std::size_t size = 0;
  for (std::size_t i = 0; i < length_bytes; ++i)
    size |= std::size_t{bytes[i]} << (8 * i);
  if (size > bytes.size() - length_bytes) return broken;
  const auto value = wire::parse_json(base::as_text(bytes.subspan(length_bytes, size)));
  if (!value.ok()) return broken;
  wire::Fields fields(*value, "a kept record");
  auto owner = fields.id<base::UserId>("owner");
  if (!owner) return broken;
  X1_TRY(record, read_members(fields, std::move(*owner)));
  X1_TRY(password, crypto::Secret::copy_of(bytes.subspan(length_bytes + size)));
  record.password = std::move(password);
  return record;
}

}  // namespace x1::vault
