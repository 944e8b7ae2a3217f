#include "api/login.hpp"

#include "api/platform_audit.hpp"

namespace x1::api::login {
namespace {

base::Error wrong() {
  return base::Error{base::Code::unauthenticated, "The name or the password is wrong.", "try again"};
}

audit::Entry failed_row(const std::optional<People::Account>& account, std::string_view outcome) {
  audit::Entry entry;
  entry.kind = "login.password";
  // A name that nobody has may be a password typed into the wrong field: it is not written down.
  entry.actor = account ? account->user.id.text() : "";
  entry.outcome = outcome;
  return entry;
}

base::Result<LoggedIn> open(Services& services, const UserId& user, bool cookie) {
  std::optional<LoggedIn> opened;
  X1_TRY(committed, services.store.transaction([&]() -> Status {
    X1_TRY(made, open_login(services, user, cookie, "login.password"));
    opened = std::move(made);
    return base::Done{};
  }));
  return std::move(*opened);
}

}  // namespace

Input read(const Arguments& arguments) {
  return {arguments.text("name"), arguments.text("password"), arguments.flag("cookie", false)};
}

void process(const Input& input, Services& services, Then<LoggedIn> then) {
  if (!services.login_limits.allow(input.name, services.clock.now())) {
    return then(base::Error{base::Code::too_many, "Too many logins were tried.", "wait half a minute"});
  }
  auto found = services.store.people().account(input.name);
  if (!found.ok()) return then(std::move(found).error());
  const auto account = std::move(*found);
  // A name that nobody has is checked against the empty hash: it takes as long, and never fits.
  services.passwords.verify(
      input.password, account ? account->password : "",
      [&services, account, cookie = input.cookie, then = std::move(then)](base::Result<bool> right) {
        if (!right.ok()) return then(std::move(right).error());
        if (*right && account) return then(open(services, account->user.id, cookie));
        if (auto noted = audit_alone(services, failed_row(account, "unauthenticated")); !noted.ok()) {
          return then(std::move(noted).error());
        }
        return then(wrong());
      });
}

}  // namespace x1::api::login
