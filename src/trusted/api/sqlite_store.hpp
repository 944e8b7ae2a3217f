// The Store in one SQLite file. Each port is a class and a file of its own; all share one Database.
#pragma once

#include <memory>
#include <string>

#include "api/store.hpp"
#include "store/database.hpp"

namespace x1::api {

// Opens (or makes) the file and brings its schema up to date.
[[nodiscard]] base::Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path);

// For sqlite_store.cpp: the ports over one database, which outlives them.
[[nodiscard]] std::unique_ptr<People> sqlite_people(store::Database& database);
[[nodiscard]] std::unique_ptr<Sessions> sqlite_sessions(store::Database& database);
[[nodiscard]] std::unique_ptr<Members> sqlite_members(store::Database& database);
[[nodiscard]] std::unique_ptr<Turns> sqlite_turns(store::Database& database);
[[nodiscard]] std::unique_ptr<Consents> sqlite_consents(store::Database& database);
[[nodiscard]] std::unique_ptr<Connections> sqlite_connections(store::Database& database);
[[nodiscard]] std::unique_ptr<Journal> sqlite_journal(store::Database& database);
[[nodiscard]] std::unique_ptr<Outbox> sqlite_outbox(store::Database& database);

}  // namespace x1::api
