#include "vault/login_trial.hpp"

#include "vault/credential.hpp"

namespace x1::vault {
namespace {

using base::Code;
using base::Error;
namespace dialer = seam::dialer;

constexpr std::uint32_t max_answer_bytes = 256 * 1024;

Error silent() { return Error{Code::timed_out, "The server did not answer in time.", "Try again later."}; }

}  // namespace

wire::PlannedRequest login_request(const wire::Url& url) {
  return wire::PlannedRequest{.method = wire::Method::propfind,
                              .origin = url.origin,
                              .target = url.path,
                              .headers = {{"depth", "0"}},
                              .body = ""};
}

base::Status login_outcome(int status) {
  if (status == 200 || status == 207) return base::Done{};
  if (status == 401 || status == 403) {
    return Error{Code::forbidden, "The server refused this user name and password.",
                 "Many calendar hosts want an app password: see docs/connect.md."};
  }
  const auto answered = "The server answered with status " + std::to_string(status) + ".";
  if (status >= 300 && status < 400) {
    return Error{Code::upstream_error, answered, "It redirects: give the URL that it redirects to."};
  }
  if (status == 404 || status == 405) {
    return Error{Code::upstream_error, answered, "Check that the URL is the calendar's own."};
  }
  return Error{Code::upstream_error, answered, "Try again later."};
}

Error login_failure(Code code, std::string message) {
  if (code != Code::unavailable) return Error{code, std::move(message), ""};
  return Error{Code::upstream_error, std::move(message), "Check the URL, and whether the server runs."};
}

DialerLogin::DialerLogin(boost::asio::io_context& context, os::Fd dialer, crypto::BoxPublicKey key)
    : context_(context), channel_(context, std::move(dialer)), key_(key) {
  channel_.start([this](std::string_view frame) { took(frame); }, [this](const Error&) { lost(); });
}

void DialerLogin::attempt(const Record& record, Done done) {
  auto request = login_request(record.url);
  auto credential = seal_for_login(wire::digest_of(request), record, key_);
  if (!credential.ok()) return done(std::move(credential).error());
  const auto id = ++last_;
  auto& entry = pending_.try_emplace(id, Pending{std::move(done), boost::asio::steady_timer(context_)}).first->second;
  entry.deadline.expires_after(std::chrono::milliseconds(deadline_ms + 5'000));
  entry.deadline.async_wait([this, id](boost::system::error_code stopped) {
    if (!stopped) finish(id, silent());
  });
  auto sent = channel_.send_message<dialer::ToDialer>(
      dialer::Dial{id, std::move(request), std::move(credential).value(), deadline_ms, max_answer_bytes, ""});
  if (!sent.ok()) lost();
}

void DialerLogin::took(std::string_view frame) {
  const auto message = seam::decode_frame<dialer::FromDialer>(frame);
  if (!message.ok()) return lost();
  if (const auto* answer = std::get_if<dialer::Answer>(&*message)) {
    finish(answer->id, login_outcome(answer->status));
  } else if (const auto* failed = std::get_if<dialer::Failed>(&*message)) {
    finish(failed->id, login_failure(failed->code, failed->message));
  }
}

void DialerLogin::finish(std::uint64_t id, base::Status outcome) {
  auto entry = pending_.extract(id);
  if (!entry.empty()) entry.mapped().done(std::move(outcome));
}

void DialerLogin::lost() {
  while (!pending_.empty()) {
    finish(pending_.begin()->first,
           Error{Code::unavailable, "The vault's own dialer is gone.", "Start the platform again."});
  }
}

}  // namespace x1::vault
