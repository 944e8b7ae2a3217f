// Passwords on a thread of their own: hashing takes 100 ms and 64 MiB, and nobody else waits for it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include "api/services.hpp"

namespace x1::api {

class WorkerPasswords final : public Passwords {
 public:
  static constexpr int max_waiting = 16;

  // Answers run on `context`, which outlives it.
  explicit WorkerPasswords(boost::asio::io_context& context);
  ~WorkerPasswords() override;
  void hash(std::string password, Then<std::string> then) override;
  void verify(std::string password, std::string hash, Then<bool> then) override;

 private:
  template <class T, class Work>
  void run(Work work, Then<T> then);
  boost::asio::io_context& context_;
  boost::asio::thread_pool pool_;
  std::string nobody_;  // the hash of a password that nobody has
  int waiting_ = 0;
};

}  // namespace x1::api
