// The steps by which the API's database came to be. Steps are added, never edited: see store/migrate.hpp.
#pragma once

#include <span>

#include "store/migrate.hpp"

namespace x1::api {

[[nodiscard]] std::span<const store::Migration> migrations() noexcept;

}  // namespace x1::api
