#include "api/audit_intake.hpp"

#include <algorithm>

#include "api/event_intake.hpp"
#include "audit/row.hpp"

namespace x1::api {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t max_lines = 1'000;

bool is_signed_by_one(const audit::SignedRow& row, const std::vector<crypto::PublicKey>& keys) {
  return std::ranges::any_of(keys, [&](const crypto::PublicKey& key) {
    return crypto::key_id(key) == row.row.kid && audit::signature_holds(row, key);
  });
}

struct RowIntake {
  Services& services;
  const SessionId& session;
  const std::vector<crypto::PublicKey>& keys;
  Head head;

  // Whether to go on: a row that does not follow yet ends the batch without being wrong.
  base::Result<bool> take(std::string_view line) {
    X1_TRY(row, audit::decode_line(line));
    const auto& chain = session.text();
    if (row.row.chain != chain) return Error{Code::invalid_request, "The row is another session's.", ""};
    if (row.row.seq <= head.seq) {
      X1_TRY(stored, services.store.journal().row(chain, row.row.seq));
      if (stored && stored->hash == row.hash) return true;
      return Error{Code::conflict, "Another row is stored under this number.", ""};
    }
    if (row.row.seq != head.seq + 1) return false;
    if (row.row.previous != head.hash) return Error{Code::conflict, "The row does not follow the one before it.", ""};
    if (!is_signed_by_one(row, keys)) {
      return Error{Code::invalid_token, "The row is not signed by a broker of this session.", ""};
    }
    const Head next{row.row.seq, row.hash};
    X1_TRY(added, services.store.journal().add_row(chain, next, std::string(line)));
    head = next;
    return true;
  }
};

}  // namespace

base::Result<std::string> take_audit(Services& services, const SessionId& session, std::string_view payload) {
  X1_TRY(keys, keys_of(services, session));
  X1_TRY(head, services.store.journal().head(session.text()));
  RowIntake intake{services, session, keys, head};
  X1_TRY(committed, services.store.transaction([&]() -> Status {
    std::size_t lines = 0;
    for (auto left = payload; !left.empty();) {
      const auto line = left.substr(0, left.find('\n'));
      left.remove_prefix(std::min(line.size() + 1, left.size()));
      if (++lines > max_lines) return Error{Code::too_large, "Too many rows at once.", "send at most 1000"};
      X1_TRY(goes_on, intake.take(line));
      if (!goes_on) break;
    }
    return base::Done{};
  }));
  return sign(policy::Receipt{session, "audit", intake.head.seq, intake.head.hash, services.clock.now()}, services.key);
}

}  // namespace x1::api
