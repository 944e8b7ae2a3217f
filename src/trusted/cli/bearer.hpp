// Bearer: what this program shows the API to be somebody. Asked for when first needed, and anew before it ends.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace x1::cli {

class Bearer {
 public:
  struct Given {
    std::string token;
    std::chrono::seconds life{};
  };
  using Source = std::function<base::Result<Given>()>;

  explicit Bearer(Source source) : source_(std::move(source)) {}

  // Good for at least half of its life, unless the API has ended it.
  [[nodiscard]] base::Result<std::string> token();
  // The API did not take it: the next one is a new one.
  void forget() noexcept { given_.token.clear(); }

 private:
  Source source_;
  Given given_;
  std::chrono::steady_clock::time_point since_;
};

// A login that `x1 login` has kept, in STATE/run/login, or in STATE/run/login-PLACE for people who share a machine: a
// folder that only its owner may enter, and that is mounted into no box. Good for as long as the API takes it.
struct KeptLogin {
  std::string name;
  std::string token;  // secret
  bool operator==(const KeptLogin&) const = default;
};
// Nothing when nobody is logged in. Fails with storage_failed when the file is not as it was written.
[[nodiscard]] base::Result<std::optional<KeptLogin>> kept_login(const std::string& state,
                                                                const std::string& place = "");
[[nodiscard]] base::Status keep_login(const std::string& state, const KeptLogin& login, const std::string& place = "");
[[nodiscard]] base::Status drop_login(const std::string& state, const std::string& place = "");

// Who this program is: the account that is logged in, and only when none is, the owner. A login that has ended is an
// error and never the owner; neither is a named place where nobody is logged in.
[[nodiscard]] Bearer::Source person_of(const std::string& state, const std::string& place = "");
// The owner's, from the supervisor of this state folder: it asks the kernel who we are.
[[nodiscard]] Bearer::Source owner_of(const std::string& state);

}  // namespace x1::cli
