// Descriptors: exactly those listed, at exactly those numbers; the session and its terminal.
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sandbox/apply.hpp"

namespace x1::sandbox {
namespace {

constexpr int above_all_targets = 256;

}  // namespace

Failed apply_descriptors(Prepared& prepared) noexcept {
  // All that is not placed below closes when the program is executed.
  if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) return failed(Step::descriptors);
  // Out of the way first, so that placing one does not overwrite another.
  std::uint32_t index = 0;
  for (const auto& passed : prepared.placed) {
    prepared.moved[index] = ::fcntl(passed.fd, F_DUPFD_CLOEXEC, above_all_targets);
    if (prepared.moved[index] < 0) return failed(Step::descriptors, index);
    ++index;
  }
  for (os::Fd* kept : {&prepared.status, &prepared.starter, &prepared.executable}) {
    if (!*kept) continue;
    os::Fd moved(::fcntl(kept->get(), F_DUPFD_CLOEXEC, above_all_targets));
    if (!moved) return failed(Step::descriptors);
    *kept = std::move(moved);
  }
  index = 0;
  for (const auto& passed : prepared.placed) {
    if (::dup2(prepared.moved[index], passed.as) < 0) return failed(Step::descriptors, index);
    ++index;
  }
  return no_failure;
}

Failed apply_session(const Prepared& prepared) noexcept {
  if (::setsid() < 0) return failed(Step::session);
  if (!prepared.plan->stdio.controlling_terminal) return no_failure;
  return ::ioctl(STDIN_FILENO, TIOCSCTTY, 0) == 0 ? no_failure : failed(Step::terminal);
}

}  // namespace x1::sandbox
