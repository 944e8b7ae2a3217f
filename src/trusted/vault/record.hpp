// Record: one kept connection. What the person's own program sealed to us (schema/connection-record.md), read
// strictly, and the form in which it goes to the disk.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "crypto/secret.hpp"
#include "wire/url.hpp"

namespace x1::vault {

struct Record {
  base::UserId owner;
  std::string kind;  // "caldav"
  wire::Url url;     // of the collection: ends with '/', no query
  std::string user;
  crypto::Secret password;
  std::vector<std::string> confirmed;  // "127.0.0.1:5232", "[::1]:5232": private endpoints that the owner named
  std::string ca;                      // PEM of an own trust anchor, or empty
};

inline constexpr std::size_t max_record_bytes = 96 * 1024;
inline constexpr std::size_t max_ca_bytes = 64 * 1024;

// The opened box, as JSON. Fails with invalid_request, in words that a person can act on.
[[nodiscard]] base::Result<Record> read_record(const crypto::Secret& json, base::UserId owner);

// Fails with address_refused for a server at a loopback address with the port of the platform's own interface, whatever
// was confirmed: with the password of a local account, a call would act on the platform itself. A name that only
// resolves to loopback has to be confirmed to be dialled, and is found here by what was confirmed.
[[nodiscard]] base::Status check_not_platform(const Record& record, std::uint16_t platform_port);

// For the disk: public members as JSON, then the password, never mixed, so that the password is in locked memory only.
[[nodiscard]] base::Result<crypto::Secret> encode_stored(const Record& record);
[[nodiscard]] base::Result<Record> decode_stored(const crypto::Secret& stored);

}  // namespace x1::vault
