#include "init/seal_box.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "os/fd.hpp"
#include "seal/missing.hpp"
#include "seal/process.hpp"
#include "seal/seccomp.hpp"

namespace x1::init {
namespace {

constexpr off_t most_filter_bytes = 128 * 1024;

// The starter's compiled filter when it gave one, else our own.
base::Result<seal::Filter> filter_of(const Arguments& arguments) {
  if (arguments.filter < 0) return seal::compile(arguments.profile);
  const os::Fd file(arguments.filter);
  struct stat about{};
  if (::fstat(file.get(), &about) != 0 || about.st_size < 0 || about.st_size > most_filter_bytes) {
    return seal::missing(seal::layer::seccomp, "measuring the starter's filter", errno);
  }
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(about.st_size));
  // At an offset: the descriptor's own position is shared with other boxes.
  const auto got = ::pread(file.get(), bytes.data(), bytes.size(), 0);
  if (got < 0) return seal::missing(seal::layer::seccomp, "reading the starter's filter", errno);
  bytes.resize(static_cast<std::size_t>(got));
  return seal::decode_filter(bytes);
}

}  // namespace

seal::LandlockRules rules_for(const Arguments& arguments, const std::string& home) {
  seal::LandlockRules rules;
  rules.read = {"/etc", "/proc"};
  rules.read_exec = {"/usr", "/opt/x1"};
  rules.read_exec.insert(rules.read_exec.end(), arguments.read.begin(), arguments.read.end());
  rules.write = {"/workspace", "/state", "/tmp"};
  if (!home.empty()) rules.write.push_back(home);
  rules.write.insert(rules.write.end(), arguments.write.begin(), arguments.write.end());
  rules.devices = {"/dev"};
  if (!arguments.connect.empty()) rules.tcp_connect = arguments.connect;
  return rules;
}

base::Status seal_box(const Arguments& arguments, const std::string& home) {
  // Descriptors first: whatever was inherited by mistake is gone before anything else can use it.
  std::vector<int> keep{STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
  keep.insert(keep.end(), arguments.keep.begin(), arguments.keep.end());
  for (const int own : {arguments.report, arguments.filter}) {
    if (own >= 0) keep.push_back(own);
  }
  X1_TRY(closed, seal::close_all_but(keep));
  X1_TRY(powerless, seal::drop_capabilities());
  // The filter is read and compiled while files can still be opened; Landlock needs calls that the filter may refuse.
  X1_TRY(filter, arguments.without_seccomp ? base::Result<seal::Filter>(seal::Filter{}) : filter_of(arguments));
  if (!arguments.without_landlock) {
    X1_TRY(abi, seal::apply_landlock(rules_for(arguments, home), arguments.max_landlock_abi));
  }
  // Last: from here on only the profile's calls exist.
  return arguments.without_seccomp ? base::Status(base::Done{}) : seal::load(filter);
}

}  // namespace x1::init
