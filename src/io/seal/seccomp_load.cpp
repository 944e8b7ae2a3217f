#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "seal/missing.hpp"
#include "seal/seccomp.hpp"

namespace x1::seal {
namespace {

constexpr std::size_t count_bytes = sizeof(std::uint32_t);
constexpr std::size_t most_instructions = BPF_MAXINSNS;

base::Status load_one(const std::vector<sock_filter>& code) {
  if (code.empty() || code.size() > most_instructions) return missing(layer::seccomp, "checking the filter", EINVAL);
  sock_fprog program{.len = static_cast<unsigned short>(code.size()), .filter = const_cast<sock_filter*>(code.data())};
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
    return missing(layer::seccomp, "loading the filter", errno);
  }
  return base::Done{};
}

std::size_t put(std::span<std::uint8_t> to, const void* from, std::size_t size) {
  if (size > 0) std::memcpy(to.first(size).data(), from, size);
  return size;
}

}  // namespace

base::Status load(const Filter& filter) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return missing(layer::no_new_privileges, "setting it", errno);
  // The deny-list first: the allow-list may not leave the right to load another.
  X1_TRY(denied, load_one(filter.denied));
  return load_one(filter.allowed);
}

std::vector<std::uint8_t> encode(const Filter& filter) {
  const auto counts =
      std::array{static_cast<std::uint32_t>(filter.allowed.size()), static_cast<std::uint32_t>(filter.denied.size())};
  std::vector<std::uint8_t> bytes(2 * count_bytes +
                                  (filter.allowed.size() + filter.denied.size()) * sizeof(sock_filter));
  std::span<std::uint8_t> rest(bytes);
  rest = rest.subspan(put(rest, counts.data(), sizeof counts));
  rest = rest.subspan(put(rest, filter.allowed.data(), filter.allowed.size() * sizeof(sock_filter)));
  put(rest, filter.denied.data(), filter.denied.size() * sizeof(sock_filter));
  return bytes;
}

base::Result<Filter> decode_filter(std::span<const std::uint8_t> bytes) {
  std::array<std::uint32_t, 2> counts{};
  if (bytes.size() < sizeof counts) return missing(layer::seccomp, "reading a filter that is cut off", 0);
  std::memcpy(counts.data(), bytes.data(), sizeof counts);
  bytes = bytes.subspan(sizeof counts);
  const std::size_t allowed = counts[0];
  const std::size_t denied = counts[1];
  if (allowed == 0 || denied == 0 || allowed > most_instructions || denied > most_instructions ||
      bytes.size() != (allowed + denied) * sizeof(sock_filter)) {
    return missing(layer::seccomp, "reading a filter of the wrong size", 0);
  }
  Filter filter{.allowed = std::vector<sock_filter>(allowed), .denied = std::vector<sock_filter>(denied)};
  std::memcpy(filter.allowed.data(), bytes.data(), allowed * sizeof(sock_filter));
  std::memcpy(filter.denied.data(), bytes.subspan(allowed * sizeof(sock_filter)).data(), denied * sizeof(sock_filter));
  return filter;
}

}  // namespace x1::seal
