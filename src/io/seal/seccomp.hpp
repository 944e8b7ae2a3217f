// seccomp: the filter of a profile, compiled once and loaded by whoever is about to run under it. For every ABI of the
// machine: calls of i386 and x32 are refused as a whole (EPERM, or the process is killed for programs of ours).
#pragma once

#include <linux/filter.h>

#include <vector>

#include "base/result.hpp"
#include "seal/profiles.hpp"

namespace x1::seal {

// Classic BPF, ready for the kernel. Two filters, because libseccomp can't say “all but”: the kernel obeys the stricter
// answer of both.
struct Filter {
  std::vector<sock_filter> allowed;  // the allow-list
  std::vector<sock_filter> denied;   // arguments that no caller may use (terminal injection)
};

// Milliseconds of work; the supervisor does it once a profile and hands the bytes to each box.
[[nodiscard]] base::Result<Filter> compile(Profile profile);

// Sets no_new_privs and loads both filters into the calling thread. isolation_missing when the kernel refuses.
[[nodiscard]] base::Status load(const Filter& filter);

// compile and load.
[[nodiscard]] base::Status apply(Profile profile);

// A filter as bytes, for a descriptor: two counts (little endian, 32 bits), then the instructions. decode refuses
// anything that is not exactly that.
[[nodiscard]] std::vector<std::uint8_t> encode(const Filter& filter);
[[nodiscard]] base::Result<Filter> decode_filter(std::span<const std::uint8_t> bytes);

}  // namespace x1::seal
