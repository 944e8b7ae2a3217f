// x1-provider-calendar: the calendar provider of one session.

#include <cstdio>

#include "provider/serve.hpp"
#include "providers/calendar/calendar.hpp"

int main(int argc, char** argv) {
  const auto options = x1::provider::options_from(argc, argv, "calendar");
  const auto served =
      options.ok() ? x1::provider::serve(*options, x1::calendar::handle) : x1::base::Status(options.error());
  if (served.ok()) return 0;
  std::fprintf(stderr, "x1-provider-calendar: %s\n", describe(served.error()).c_str());
  return 1;
}
