// For tests: what every Store has to do. Each implementation runs all of it.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>

#include "api/store.hpp"

namespace x1::api::testing {

// `make` gives a new, empty store each time.
void check_store_contract(const std::function<std::unique_ptr<Store>()>& make);

}  // namespace x1::api::testing
