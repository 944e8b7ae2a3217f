#include "api/create_account.hpp"

#include "api/platform_audit.hpp"

namespace x1::api::create_account {
namespace {

constexpr std::size_t min_password_bytes = 10;

base::Result<User> add(Services& services, const Caller& caller, const std::string& name, const std::string& hash) {
  X1_TRY(id, UserId::parse(crypto::random_id(services.random)));
  const User user{id, name, false, services.clock.now()};
  X1_TRY(committed, services.store.transaction([&]() -> Status {
    X1_TRY(added, services.store.people().add_user(user, hash));
    audit::Entry entry;
    entry.kind = "account.created";
    entry.actor = caller.user.text();
    entry.target = user.id.text();
    entry.outcome = "ok";
    return audit_row(services, std::move(entry));
  }));
  return user;
}

}  // namespace

Input read(const Arguments& arguments) { return {arguments.text("name"), arguments.text("password")}; }

void process(const Caller& caller, const Input& input, Services& services, Then<User> then) {
  if (!base::is_id_text(input.name)) {
    return then(base::Error{base::Code::invalid_request, "A name is 1 to 64 characters of a-z, 0-9, '_' and '-'.", ""});
  }
  if (input.password.size() < min_password_bytes) {
    return then(base::Error{base::Code::invalid_request, "A password has at least 10 bytes.", "choose a longer one"});
  }
  auto taken = services.store.people().account(input.name);
  if (!taken.ok()) return then(std::move(taken).error());
  if (taken->has_value()) {
    return then(base::Error{base::Code::conflict, "This name is taken.", "choose another"});
  }
  services.passwords.hash(
      input.password, [&services, caller, name = input.name, then = std::move(then)](base::Result<std::string> hash) {
        if (!hash.ok()) return then(std::move(hash).error());
        then(add(services, caller, name, *hash));
      });
}

}  // namespace x1::api::create_account
