#include "cli/bearer.hpp"

#include <unistd.h>

#include <cerrno>

#include "launch/control_client.hpp"
#include "os/file.hpp"

namespace x1::cli {
namespace {

constexpr std::size_t max_login_bytes = 4096;
constexpr std::chrono::hours longest_login{24 * 7};  // the API's own bound

std::string path_of(const std::string& state, const std::string& place) {
  return state + "/run/login" + (place.empty() ? "" : "-" + place);
}

}  // namespace

base::Result<std::string> Bearer::token() {
  const auto now = std::chrono::steady_clock::now();
  if (given_.token.empty() || now - since_ > given_.life / 2) {
    X1_TRY(given, source_());
    given_ = std::move(given);
    since_ = now;
  }
  return given_.token;
}

base::Result<std::optional<KeptLogin>> kept_login(const std::string& state, const std::string& place) {
  const auto text = os::read_file(path_of(state, place), max_login_bytes);
  if (!text.ok() && text.error().code == base::Code::not_found) return std::optional<KeptLogin>();
  if (!text.ok()) return text.error();
  const auto first = text->find('\n');
  if (first == 0 || first == std::string::npos || first + 2 >= text->size() || !text->ends_with('\n')) {
    return base::Error{base::Code::storage_failed, path_of(state, place) + " can't be read.",
                       "Remove it, and log in again."};
  }
  return std::optional(KeptLogin{text->substr(0, first), text->substr(first + 1, text->size() - first - 2)});
}

base::Status keep_login(const std::string& state, const KeptLogin& login, const std::string& place) {
  return os::write_file(path_of(state, place), login.name + "\n" + login.token + "\n", 0600);
}

base::Status drop_login(const std::string& state, const std::string& place) {
  if (::unlink(path_of(state, place).c_str()) == 0 || errno == ENOENT) return base::Done{};
  return base::Error{base::Code::storage_failed, path_of(state, place) + " could not be removed.", "Remove it."};
}

Bearer::Source person_of(const std::string& state, const std::string& place) {
  return [state, place]() -> base::Result<Bearer::Given> {
    X1_TRY(login, kept_login(state, place));
    if (login) return Bearer::Given{login->token, longest_login};
    if (!place.empty()) {
      return base::Error{base::Code::unauthenticated, "Nobody is logged in at the place '" + place + "'.",
                         "Log in there: x1 login NAME"};
    }
    return owner_of(state)();
  };
}

Bearer::Source owner_of(const std::string& state) {
  return [state]() -> base::Result<Bearer::Given> {
    X1_TRY(supervisor, launch::ControlClient::connect(state));
    X1_TRY(bearer, supervisor.bearer());
    return Bearer::Given{std::move(bearer.token), std::chrono::seconds(bearer.seconds)};
  };
}

}  // namespace x1::cli
