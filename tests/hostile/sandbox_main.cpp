// The sandbox tests run where boxes are started from: as the machine's root, or in the user namespace of an ordinary
// user.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <iostream>
#include <optional>

#include "sandbox_box.hpp"

namespace {
x1::sandbox::Ids entered;
}  // namespace

namespace x1::hostile {
const sandbox::Ids& ids() { return entered; }
}  // namespace x1::hostile

int main(int argc, char** argv) {
  const auto result = x1::sandbox::enter_user_namespace();
  if (!result.ok()) {
    std::cerr << x1::base::describe(result.error()) << '\n';
    return 1;
  }
  entered = *result;
  doctest::Context context(argc, argv);
  return context.run();
}
