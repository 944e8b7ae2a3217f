// x1-sidecar: the broker of one session. Wiring only; the order is that of construction, destruction is the reverse.
#include <array>
#include <boost/asio/io_context.hpp>
#include <exception>

#include "broker/broker.hpp"
#include "broker/nats_bus.hpp"
#include "broker/startup.hpp"
#include "log/log.hpp"
#include "os/system_clock.hpp"
#include "seal/process.hpp"
#include "seal/seccomp.hpp"
#include "seam/ending.hpp"

using namespace x1;

namespace {

// The exit status.
base::Result<int> serve(int argc, char** argv, const base::Clock& clock, const log::Log& log) {
  X1_TRY(startup, broker::startup_from(argc, argv));
  X1_TRY(sealed, seal::seal_process(std::array{2, startup.seams.gate.get(), startup.seams.dialer.get(),
                                               startup.seams.vault.get(), startup.seams.supervisor.get(),
                                               startup.ready.get(), startup.credentials.get()}));
  X1_TRY(credentials, broker::read_credentials(startup.credentials.get()));
  X1_TRY(manifests, broker::read_manifests(startup.manifests));
  X1_TRY(toolbox, broker::Toolbox::make(std::move(manifests)));
  X1_TRY(key, crypto::SigningKey::generate());

  broker::Memory memory;
  X1_TRY(journal, broker::Journal::open(startup.journal, startup.session.text(), key, [&](const audit::Row& row) {
           return broker::replay(memory, row, startup.api_keys);
         }));
  X1_TRY(events, broker::EventLog::open(startup.events, startup.session, key, clock));

  boost::asio::io_context context(1);
  crypto::SystemRandom random;
  // Of this boot alone: what was answered to the one before is no answer to a question of ours.
  const auto inbox = "_INBOX." + startup.session.text() + "." + crypto::random_id(random);
  bus::Client client(context, {.name = "sidecar", .inbox_prefix = inbox}, std::move(credentials));
  broker::NatsBus bus(client);
  broker::Commit commit(context, journal);
  const auto last_turn = memory.last_turn;
  broker::Core core{.context = context,
                    .clock = clock,
                    .random = random,
                    .log = log,
                    .key = key,
                    .session = startup.session,
                    .api_keys = startup.api_keys,
                    .toolbox = toolbox,
                    .bus = bus,
                    .memory = memory,
                    .turns = broker::Turns(startup.session, key.public_key(), last_turn),
                    .commit = commit,
                    .events = events,
                    .on_event = {}};
  base::Result<int> outcome = 0;
  broker::Broker broker(core, journal, std::move(startup.seams),
                        {.on_end =
                             [&](base::Status status) {
                               if (!status.ok()) outcome = std::move(status).error();
                               context.stop();
                             },
                         .on_cut_off =
                             [&] {
                               outcome = seam::exit_cut_off;
                               context.stop();
                             }});
  X1_TRY(filtered, seal::apply(seal::Profile::broker));
  client.start();
  broker.start();
  X1_TRY(told, broker::tell_boot_key(startup.ready.release(), key.public_key()));
  context.run();
  return outcome;
}

}  // namespace

int main(int argc, char** argv) {
  const os::SystemClock clock;
  const log::Log log("x1-sidecar", clock);
  try {
    const auto served = serve(argc, argv, clock, log);
    if (served.ok()) return *served;
    log.error("broker.failed", served.error());
  } catch (const std::exception& error) {
    log.error("broker.failed", {{"why", error.what()}});
  }
  return 1;
}
