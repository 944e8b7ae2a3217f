#include "broker/renewal.hpp"

#include "broker/subjects.hpp"

namespace x1::broker {
namespace {

bool refused(std::string_view answer) { return answer.starts_with("error "); }

base::Error refusal(std::string_view answer) {
  return {base::Code::unavailable, "The API did not renew a user of the bus: " + std::string(answer), ""};
}

}  // namespace

Renewal::Renewal(Core& core, std::function<bool()> idle, bool overdue)
    : core_(core),
      idle_(std::move(idle)),
      timer_(core.context),
      last_(core.clock.now() - (overdue ? early : base::Duration(0))) {}

void Renewal::wait() {
  timer_.expires_after(look_every);
  timer_.async_wait([this](boost::system::error_code cancelled) {
    if (cancelled) return;
    look();
    wait();
  });
}

void Renewal::look() {
  const auto passed = core_.clock.now() - last_;
  if (busy_ || passed < early || (passed < late && !idle_())) return;
  busy_ = true;
  all_renewed_ = true;
  waiting_.clear();
  for (const auto& manifest : core_.toolbox.manifests())
    waiting_.emplace_back(manifest.domain);
  waiting_.emplace_back();
  next();
}

void Renewal::next() {
  if (waiting_.empty()) return done();
  const auto& user = waiting_.back();
  if (!user) return ask_api(core_.bus.jwt());
  core_.bus.request(subject::provider_renew(core_.session, *user), "", deadline, [this](base::Result<std::string> jwt) {
    if (!jwt.ok()) return failed(jwt.error());
    ask_api(std::move(*jwt));
  });
}

void Renewal::ask_api(std::string jwt) {
  core_.bus.request(subject::renew(core_.session), std::move(jwt), deadline, [this](base::Result<std::string> answer) {
    if (!answer.ok()) return failed(answer.error());
    if (refused(*answer)) return failed(refusal(*answer));
    renewed(std::move(*answer));
  });
}

void Renewal::renewed(std::string jwt) {
  const auto user = waiting_.back();
  if (!user) {
    core_.bus.renew(std::move(jwt));
    own_renewed_ = true;
    waiting_.pop_back();
    return next();
  }
  core_.bus.request(subject::provider_renew(core_.session, *user), std::move(jwt), deadline,
                    [this](const base::Result<std::string>& taken) {
                      if (!taken.ok()) return failed(taken.error());
                      waiting_.pop_back();
                      next();
                    });
}

void Renewal::done() {
  busy_ = false;
  if (all_renewed_) last_ = core_.clock.now();
  if (std::exchange(own_renewed_, false)) core_.bus.reconnect();
}

// A provider that will not be renewed keeps nobody else from it.
void Renewal::failed(const base::Error& why) {
  core_.log.warn("bus.not_renewed", {{"user", waiting_.back().value_or("sidecar")}, {"why", why.message}});
  all_renewed_ = false;
  waiting_.pop_back();
  next();
}

}  // namespace x1::broker
