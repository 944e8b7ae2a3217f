// SealedReader: a child that may read one folder and write to one pipe. It has the folder's owner's id and nothing
// else: no capability, no socket of any kind, no other file (Landlock), no way to write one. It is a fork: what the
// supervisor's memory holds, it holds too, and can tell nobody but the reader of its pipe.
#pragma once

#include <sys/types.h>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>

#include "base/result.hpp"
#include "os/fd.hpp"
#include "seal/seccomp.hpp"

namespace x1::launch {

class SealedReader {
 public:
  // Compiles the filter once, for as many children as are needed.
  [[nodiscard]] static base::Result<SealedReader> for_folder(const std::string& folder, std::uint32_t owner);

  // What `task` wrote to the pipe, at most `max_bytes`. It runs in the child, with the folder and the pipe's end; what
  // it returns says whether it went well. Fails with timed_out when `patience` is over, whatever the child does; the
  // loop goes on meanwhile. The reader must outlive it.
  using Task = std::function<bool(int folder, int pipe)>;
  [[nodiscard]] boost::asio::awaitable<base::Result<std::string>> run(
      Task task, std::size_t max_bytes, std::chrono::milliseconds patience = std::chrono::seconds(10)) const;

 private:
  SealedReader(os::Fd folder, std::uint32_t owner, seal::Filter filter)
      : folder_(std::move(folder)), owner_(owner), filter_(std::move(filter)) {}
  [[noreturn]] void be_child(const Task& task, int pipe) const;
  os::Fd folder_;
  std::uint32_t owner_;
  seal::Filter filter_;
};

// All of the bytes, to a blocking pipe.
[[nodiscard]] bool write_whole(int pipe, std::string_view bytes) noexcept;

}  // namespace x1::launch
