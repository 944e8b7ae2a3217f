// Credentials: what a user of the bus proves itself with, from the text of a .creds file (JWT and seed), kept in memory
// only. libnats can read such text from a file alone, so it is given callbacks.
#pragma once

#include <nats/nats.h>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace x1::nats {

class Credentials {
 public:
  // Fails with invalid_token when the two blocks of a .creds file are not both there.
  [[nodiscard]] static base::Result<Credentials> parse(std::string_view creds);
  // For the same user, with another JWT.
  [[nodiscard]] Credentials renewed(std::string jwt) const;
  [[nodiscard]] const std::string& jwt() const noexcept { return text_->jwt; }
  // Makes these the credentials of a connection. They must outlive it: it asks again at each reconnect.
  void use_for(natsOptions* options) const;

 private:
  struct Text {
    std::string jwt;
    std::string seed;
  };
  explicit Credentials(std::unique_ptr<Text> text) : text_(std::move(text)) {}
  std::unique_ptr<Text> text_;  // stands still while the object moves: libnats holds its address
};

}  // namespace x1::nats
