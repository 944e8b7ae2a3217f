#include "api/use_link.hpp"

#include "api/platform_audit.hpp"

namespace x1::api::use_link {
namespace {

base::Error wrong() {
  return base::Error{base::Code::unauthenticated, "This link is not good (any more).", "ask for a new one"};
}

base::Result<LoggedIn> use(const Input& input, Services& services) {
  std::optional<LoggedIn> opened;
  X1_TRY(committed, services.store.transaction([&]() -> Status {
    X1_TRY(user, services.store.people().use_link(hash_of_token(input.link), services.clock.now()));
    if (!user) return wrong();
    X1_TRY(made, open_login(services, *user, input.cookie, "login.link"));
    opened = std::move(made);
    return base::Done{};
  }));
  return std::move(*opened);
}

}  // namespace

Input read(const Arguments& arguments) { return {arguments.text("link"), arguments.flag("cookie", false)}; }

void process(const Input& input, Services& services, Then<LoggedIn> then) {
  auto used = use(input, services);
  if (!used.ok() && used.error().code == base::Code::unauthenticated) {
    audit::Entry entry;
    entry.kind = "login.link";
    entry.outcome = "unauthenticated";
    if (auto noted = audit_alone(services, std::move(entry)); !noted.ok()) return then(std::move(noted).error());
  }
  then(std::move(used));
}

}  // namespace x1::api::use_link
