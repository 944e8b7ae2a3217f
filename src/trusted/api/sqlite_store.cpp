#include "api/sqlite_store.hpp"

#include "api/migrations.hpp"
#include "api/state_triggers.hpp"

namespace x1::api {
namespace {

class SqliteStore final : public Store {
 public:
  explicit SqliteStore(store::Database database)
      : database_(std::move(database)),
        people_(sqlite_people(database_)),
        sessions_(sqlite_sessions(database_)),
        members_(sqlite_members(database_)),
        turns_(sqlite_turns(database_)),
        consents_(sqlite_consents(database_)),
        connections_(sqlite_connections(database_)),
        journal_(sqlite_journal(database_)),
        outbox_(sqlite_outbox(database_)) {}

  Status transaction(const std::function<Status()>& work) override {
    X1_TRY(transaction, store::Transaction::begin(database_));
    X1_TRY(done, work());
    return transaction.commit();
  }
  People& people() override { return *people_; }
  Sessions& sessions() override { return *sessions_; }
  Members& members() override { return *members_; }
  Turns& turns() override { return *turns_; }
  Consents& consents() override { return *consents_; }
  Connections& connections() override { return *connections_; }
  Journal& journal() override { return *journal_; }
  Outbox& outbox() override { return *outbox_; }

 private:
  store::Database database_;
  std::unique_ptr<People> people_;
  std::unique_ptr<Sessions> sessions_;
  std::unique_ptr<Members> members_;
  std::unique_ptr<Turns> turns_;
  std::unique_ptr<Consents> consents_;
  std::unique_ptr<Connections> connections_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<Outbox> outbox_;
};

// Not a migration: they are put anew at each start, and follow the table that this program was built with.
Status guard_states(store::Database& database) {
  X1_TRY(transaction, store::Transaction::begin(database));
  X1_TRY(done, database.script(state_triggers()));
  return transaction.commit();
}

}  // namespace

base::Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path) {
  X1_TRY(database, store::Database::open(path));
  X1_TRY(migrated, store::migrate(database, migrations()));
  X1_TRY(guarded, guard_states(database));
  return std::unique_ptr<Store>(std::make_unique<SqliteStore>(std::move(database)));
}

}  // namespace x1::api
