#include "api/worker_passwords.hpp"

#include <boost/asio/post.hpp>

#include "api/logins.hpp"
#include "crypto/password.hpp"

namespace x1::api {

namespace asio = boost::asio;

WorkerPasswords::WorkerPasswords(asio::io_context& context) : context_(context), pool_(1) {
  crypto::SystemRandom random;
  const auto hash = crypto::hash_password(new_token(random));
  X1_CHECK(hash.ok());
  nobody_ = *hash;
}

WorkerPasswords::~WorkerPasswords() {
  pool_.stop();
  pool_.join();
}

template <class T, class Work>
void WorkerPasswords::run(Work work, Then<T> then) {
  if (waiting_ >= max_waiting) {
    return then(base::Error{base::Code::too_many, "Too many logins are being checked.", "try again soon"});
  }
  ++waiting_;
  // The context is kept running for the answer by whoever asked: main holds a work guard on it.
  asio::post(pool_, [this, work = std::move(work), then = std::move(then)]() mutable {
    base::Result<T> outcome = work();
    asio::post(context_, [this, outcome = std::move(outcome), then = std::move(then)]() mutable {
      --waiting_;
      then(std::move(outcome));
    });
  });
}

void WorkerPasswords::hash(std::string password, Then<std::string> then) {
  run<std::string>([password = std::move(password)] { return crypto::hash_password(password); }, std::move(then));
}

void WorkerPasswords::verify(std::string password, std::string hash, Then<bool> then) {
  const bool nobody = hash.empty();
  run<bool>(
      [password = std::move(password), hash = nobody ? nobody_ : std::move(hash), nobody] {
        const bool right = crypto::verify_password(password, hash);
        return base::Result<bool>(right && !nobody);
      },
      std::move(then));
}

}  // namespace x1::api
