#include "dialer/dialer.hpp"

#include <array>
#include <boost/asio/co_spawn.hpp>

#include "dialer/answer.hpp"
#include "dialer/endpoints.hpp"
#include "dialer/request.hpp"
#include "dialer/scrub.hpp"
#include "wipe/wiped_memory.hpp"
#include "wire/http.hpp"

namespace x1::dialer {

namespace asio = boost::asio;
using base::Code;
using base::Error;
using seam::dialer::Answer;
using seam::dialer::Dial;

Dialer::Dialer(asio::io_context& context, crypto::BoxKey key, Trust trust, os::Fd broker, os::Fd resolver,
               const log::Log& log, std::function<void()> on_end)
    : context_(context),
      key_(std::move(key)),
      trust_(std::move(trust)),
      broker_(context, std::move(broker)),
      names_(context, std::move(resolver)),
      log_(log),
      on_end_(std::move(on_end)),
      kept_(context) {}

void Dialer::start() {
  wipe::wipe_freed_memory();
  broker_.start([this](std::string_view frame) { on_frame(frame); },
                [this](const Error& why) {
                  log_.error("broker.gone", why);
                  on_end_();
                });
}

void Dialer::on_frame(std::string_view frame) {
  auto message = seam::decode_frame<seam::dialer::ToDialer>(frame);
  if (!message.ok()) {
    log_.error("broker.malformed", message.error());
    return on_end_();
  }
  if (auto* order = std::get_if<Dial>(&*message)) return begin(std::move(*order));
  if (const auto* cancel = std::get_if<seam::dialer::Cancel>(&*message)) {
    return stop(cancel->id, {Code::expired, "The call was cancelled.", ""});
  }
  ++hang_ups_;
  kept_.close_all();
}

void Dialer::begin(Dial order) {
  const auto id = order.id;
  if (jobs_.size() >= max_dials || jobs_.contains(id)) {
    return report(id, Error{Code::too_many, "Too many requests are under way.", "try again later"}, false);
  }
  auto& job = *jobs_.emplace(id, std::make_unique<Job>(context_, hang_ups_)).first->second;
  job.deadline.expires_after(std::chrono::milliseconds(std::min(order.deadline_ms, max_deadline_ms)));
  job.deadline.async_wait([this, id](boost::system::error_code cancelled) {
    if (!cancelled) stop(id, {Code::timed_out, "The server did not answer in time.", "try again later"});
  });
  asio::co_spawn(context_, work(job, std::move(order)), [this, id](const std::exception_ptr& failure) {
    if (failure) stop(id, {Code::internal, "The request could not be worked on.", ""});
    finish(id);
  });
}

void Dialer::stop(std::uint64_t id, const Error& why) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || found->second->stopped) return;
  found->second->stopped = why;
  found->second->stream->close();
}

void Dialer::finish(std::uint64_t id) {
  const auto found = jobs_.find(id);
  X1_CHECK(found != jobs_.end());
  const auto job = std::move(found->second);
  jobs_.erase(found);
  wipe::wipe_finished_stack();
  if (job->stopped) job->answer = *job->stopped;
  report(id, std::move(job->answer), job->sent);
}

void Dialer::report(std::uint64_t id, base::Result<Answer> answer, bool sent) {
  seam::dialer::FromDialer message;
  if (answer.ok()) {
    answer->id = id;
    message = std::move(*answer);
  } else {
    message = seam::dialer::Failed{id, answer.error().code, answer.error().message, sent};
  }
  if (!broker_.send(seam::encode_frame(message)).ok()) on_end_();
}

base::Result<Credential> Dialer::open(const Dial& order) const {
  X1_TRY(json, key_.open(order.credential));
  X1_TRY(credential, read_credential(json));
  X1_TRY(fits, check_is_for(credential, order.request));
  return credential;
}

asio::awaitable<void> Dialer::work(Job& job, Dial order) { job.answer = co_await dial(job, std::move(order)); }

asio::awaitable<base::Result<Answer>> Dialer::dial(Job& job, Dial order) {
  auto credential = open(order);
  if (!credential.ok()) co_return std::move(credential).error();
  const auto lane = lane_of(order.lane, *credential);
  auto early = co_await dial_kept(job, order, *credential, lane);
  if (early) co_return std::move(*early);
  const auto endpoint = co_await reach(job, *credential);
  if (!endpoint.ok()) co_return endpoint.error();
  auto answer = co_await exchange(job, order, *credential);
  if (answer.ok()) answer->address = to_string(*endpoint);
  keep(job, lane, *endpoint);
  co_return answer;
}

// On a connection that an earlier request of the lane left open. Nothing when there is none, or when the server had
// hung up before it answered: then the request, which changes nothing, goes out once more on a connection of its own.
asio::awaitable<std::optional<base::Result<Answer>>> Dialer::dial_kept(Job& job, const Dial& order,
                                                                       const Credential& credential, const Lane& lane) {
  if (!changes_nothing(order.request.method)) co_return std::nullopt;
  auto kept = kept_.take(lane, credential);
  if (!kept) co_return std::nullopt;
  job.stream = std::move(kept->stream);
  auto answer = co_await exchange(job, order, credential);
  if (!answer.ok() && !job.heard && !job.stopped) {
    job.stream = std::make_unique<Stream>(context_);
    co_return std::nullopt;
  }
  if (answer.ok()) answer->address = to_string(kept->endpoint);
  keep(job, lane, kept->endpoint);
  co_return answer;
}

void Dialer::keep(Job& job, const Lane& lane, const policy::Endpoint& endpoint) {
  const bool good = job.clean && !job.stopped && job.hang_ups == hang_ups_ && !lane.name.empty();
  if (!good || !job.stream->quiet()) return job.stream->close();
  kept_.put(lane, endpoint, std::move(job.stream));
  job.stream = std::make_unique<Stream>(context_);  // for a deadline that comes after all
}

// A connection to the first allowed address that takes one, verified when the origin is https.
asio::awaitable<base::Result<policy::Endpoint>> Dialer::reach(Job& job, const Credential& credential) {
  auto host = credential.origin.host;
  const auto addresses = co_await names_.lookup(host);
  const auto endpoints = allowed_endpoints(addresses, credential);
  if (!endpoints.ok()) co_return endpoints.error();
  base::Status connected = Error{};
  for (const auto& endpoint : *endpoints) {
    if (job.stopped) co_return *job.stopped;
    connected = co_await job.stream->connect(endpoint);
    if (!connected.ok()) continue;
    if (credential.origin.scheme == wire::Scheme::http) co_return endpoint;
    auto trust = trust_.context_for(credential.ca);
    if (!trust.ok()) co_return std::move(trust).error();
    // A certificate that does not fit is an answer, not a reason to try the next address.
    const auto secured = co_await job.stream->secure(*trust, host);
    if (!secured.ok()) co_return secured.error();
    co_return endpoint;
  }
  co_return connected.error();
}

asio::awaitable<base::Result<Answer>> Dialer::exchange(Job& job, const Dial& order, const Credential& credential) {
  auto scrubber = Scrubber::of(credential.user, credential.password);
  if (!scrubber.ok()) co_return std::move(scrubber).error();
  if (job.stopped) co_return *job.stopped;
  {
    const auto bytes = request_bytes(order.request, credential, !order.lane.empty());
    if (!bytes.ok()) co_return bytes.error();
    job.sent = true;
    const auto written = co_await job.stream->write(bytes->expose());
    if (!written.ok()) co_return written.error();
  }
  wire::HttpLimits limits;
  limits.body_bytes = std::min(order.max_body_bytes, max_body_bytes);
  wire::HttpResponseReader reader(order.request.method, limits);
  std::vector<char> buffer(16 * 1024);
  while (true) {
    const auto got = co_await job.stream->read(buffer);
    if (!got.ok()) co_return got.error();
    if (*got == 0) {
      auto last = reader.end();
      if (!last.ok()) co_return std::move(last).error();
      co_return clean_answer(std::move(*last), *scrubber);
    }
    job.heard = true;
    auto response = reader.feed(std::string_view(buffer.data(), *got));
    if (!response.ok()) co_return std::move(response).error();
    if (!response->has_value()) continue;
    job.clean = (*response)->keep_alive;
    co_return clean_answer(std::move(**response), *scrubber);
  }
}

}  // namespace x1::dialer
