// The dialer: one request, one credential, one answer. It opens what the vault sealed for it, checks that it is for
// this request, checks the address that it dials, verifies the server, writes, reads, cleans, and forgets.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "crypto/sealed_box.hpp"
#include "dialer/credential.hpp"
#include "dialer/kept.hpp"
#include "dialer/names.hpp"
#include "dialer/stream.hpp"
#include "dialer/trust.hpp"
#include "log/log.hpp"
#include "net/seam_channel.hpp"
#include "seam/dialer.hpp"

namespace x1::dialer {

class Dialer {
 public:
  static constexpr std::size_t max_dials = 64;
  static constexpr std::uint32_t max_deadline_ms = 120'000;
  static constexpr std::uint32_t max_body_bytes = 5 << 20;

  // `broker` and `resolver` are connected Unix sockets. `on_end` is called once, when the broker is gone. The
  // io_context and the log must outlive the dialer.
  Dialer(boost::asio::io_context& context, crypto::BoxKey key, Trust trust, os::Fd broker, os::Fd resolver,
         const log::Log& log, std::function<void()> on_end);
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;

  void start();

 private:
  // One dial under way.
  struct Job {
    Job(boost::asio::io_context& context, std::uint64_t now)
        : stream(std::make_unique<Stream>(context)), deadline(context), hang_ups(now) {}
    std::unique_ptr<Stream> stream;
    boost::asio::steady_timer deadline;
    std::uint64_t hang_ups;              // how many there had been when it began
    std::optional<base::Error> stopped;  // by its deadline, or by the broker
    bool sent = false;                   // a byte of the request may have left
    bool heard = false;                  // a byte of an answer has come
    bool clean = false;                  // the answer came whole, and the connection can take another request
    base::Result<seam::dialer::Answer> answer{base::Error{}};
  };
  template <class T>
  using Async = boost::asio::awaitable<T>;

  void on_frame(std::string_view frame);
  void begin(seam::dialer::Dial dial);
  void stop(std::uint64_t id, const base::Error& why);
  void finish(std::uint64_t id);
  void report(std::uint64_t id, base::Result<seam::dialer::Answer> answer, bool sent);

  Async<void> work(Job& job, seam::dialer::Dial dial);
  Async<base::Result<seam::dialer::Answer>> dial(Job& job, seam::dialer::Dial dial);
  Async<std::optional<base::Result<seam::dialer::Answer>>> dial_kept(Job& job, const seam::dialer::Dial& dial,
                                                                     const Credential& credential, const Lane& lane);
  Async<base::Result<policy::Endpoint>> reach(Job& job, const Credential& credential);
  Async<base::Result<seam::dialer::Answer>> exchange(Job& job, const seam::dialer::Dial& dial,
                                                     const Credential& credential);
  void keep(Job& job, const Lane& lane, const policy::Endpoint& endpoint);
  base::Result<Credential> open(const seam::dialer::Dial& dial) const;

  boost::asio::io_context& context_;
  crypto::BoxKey key_;
  Trust trust_;
  net::SeamChannel broker_;
  Names names_;
  const log::Log& log_;
  std::function<void()> on_end_;
  Kept kept_;
  std::uint64_t hang_ups_ = 0;
  std::map<std::uint64_t, std::unique_ptr<Job>> jobs_;
};

}  // namespace x1::dialer
