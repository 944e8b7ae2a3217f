// x1-vault: wiring only. Seals itself before it reads its keys.
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "os/system_clock.hpp"
#include "seal/process.hpp"
#include "seal/seccomp.hpp"
#include "vault/options.hpp"
#include "vault/serve.hpp"
#include "wipe/wiped_memory.hpp"

namespace {

using namespace x1;

base::Status tell_ready(os::Fd ready, const vault::Keys& keys) {
  const auto line = crypto::to_text(keys.box.public_key()) + " " + crypto::to_text(keys.audit.public_key()) + "\n";
  if (::write(ready.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size())) return base::Done{};
  return base::Error{base::Code::unavailable, "Nobody reads that the vault is ready.", ""};
}

base::Status run(std::span<const std::string> arguments) {
  X1_TRY(options, vault::read_options(arguments));
  const std::array keep{1, 2, options.supervisor, options.dialer, options.ready};
  X1_TRY(sealed, seal::seal_process(keep));
  X1_TRY(filtered, seal::apply(seal::Profile::vault));

  const os::SystemClock clock;
  crypto::SystemRandom random;
  X1_TRY(keys, vault::load_or_create_keys(options.state));
  X1_TRY(store, vault::RecordStore::open(options.state + "/secrets", keys.storage, random));
  vault::ConsentUses uses;
  std::uint64_t last_keys = vault::first_set;
  vault::PasskeyHistory pinned;
  X1_TRY(journal, vault::Journal::open(options.state + "/audit.jsonl", keys.audit, [&](const audit::Row& row) {
           vault::replay(row, uses);
           vault::replay(row, last_keys);
           vault::replay(row, pinned);
         }));
  X1_TRY(api_keys, vault::ApiKeys::open(std::move(options.api_keys), last_keys, journal, clock));
  boost::asio::io_context context(1);
  vault::DialerLogin login(context, os::Fd(options.dialer), options.dialer_key);
  vault::Vault vault(keys, store, journal, login, clock, api_keys, options.platform_port, std::move(uses));
  X1_TRY(passkeys, vault::PasskeyDesk::open(options.state + "/passkeys", keys.storage, random, journal, clock, api_keys,
                                            std::move(pinned)));
  const vault::Server server(context, os::Fd(options.supervisor), vault, passkeys, api_keys);
  X1_TRY(told, tell_ready(os::Fd(options.ready), keys));
  while (!context.stopped()) {
    context.run_one();
    wipe::wipe_finished_stack();
  }
  return base::Done{};
}

}  // namespace

int main(int argc, char** argv) {
  wipe::wipe_freed_memory();
  try {
    const std::span given(argv, static_cast<std::size_t>(argc));
    const std::vector<std::string> arguments(given.begin() + 1, given.end());
    const auto ended = run(arguments);
    if (ended.ok()) return 0;
    std::cerr << "x1-vault: " << base::describe(ended.error()) << '\n';
  } catch (const std::exception& failure) {
    std::cerr << "x1-vault: internal: " << failure.what() << '\n';
  }
  return 1;
}
