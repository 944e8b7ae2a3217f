#include "api/platform_audit.hpp"

namespace x1::api {

Status audit_row(Services& services, audit::Entry entry) {
  const std::string name(platform_chain);
  auto& journal = services.store.journal();
  // The head is read anew each time: a transaction that was rolled back has taken its rows with it.
  X1_TRY(head, journal.head(name));
  entry.time = services.clock.now();
  const audit::Chain chain(name, head.seq, head.hash);
  const auto row = chain.next(std::move(entry), services.key.key_id());
  return journal.add_row(name, Head{row.seq, hash_of(row)}, encode_line(row, services.key));
}

Status audit_alone(Services& services, audit::Entry entry) {
  return services.store.transaction([&] { return audit_row(services, std::move(entry)); });
}

}  // namespace x1::api
