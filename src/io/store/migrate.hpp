// Migrations: the schema grows by numbered steps, each applied once, in order, in a transaction of its own. The text
// of an applied step is remembered by its SHA-256: a step that was edited afterwards stops the start.
#pragma once

#include <span>
#include <string_view>

#include "base/result.hpp"
#include "store/database.hpp"

namespace x1::store {

struct Migration {
  int number = 0;  // 1, 2, 3, …
  std::string_view name;
  std::string_view sql;
};

// Fails with storage_failed when a step fails, was changed after it had been applied, or when the file is newer than
// this program (it knows a step that `steps` does not).
[[nodiscard]] base::Status migrate(Database& database, std::span<const Migration> steps);

}  // namespace x1::store
