#include "vault/credential.hpp"

#include "wire/secret_member.hpp"

namespace x1::vault {
namespace {

base::Result<base::Bytes> seal(const crypto::Digest& request, const Record& record,
                               const crypto::BoxPublicKey& dialer) {
  wire::Value::Array confirmed(record.confirmed.begin(), record.confirmed.end());
  wire::Value::Object members{{"version", 1},
                              {"origin", wire::to_string(record.url.origin)},
                              {"base_path", record.url.path},
                              {"user", record.user},
                              {"confirmed", std::move(confirmed)},
                              {"request", crypto::to_hex(request)}};
  if (!record.ca.empty()) members.emplace("ca", record.ca);
  X1_TRY(json, wire::json_with_secret(members, "password", record.password));
  return crypto::seal(json, dialer);
}

}  // namespace

base::Result<base::Bytes> seal_credential(const ReleasePermit& permit, const Record& record,
                                          const crypto::BoxPublicKey& dialer) {
  return seal(permit.claims().request.request, record, dialer);
}

base::Result<base::Bytes> seal_for_login(const crypto::Digest& request, const Record& record,
                                         const crypto::BoxPublicKey& own_dialer) {
  return seal(request, record, own_dialer);
}

}  // namespace x1::vault
