#include "api/event_streams.hpp"

#include <algorithm>

#include "api/views.hpp"
#include "wire/json.hpp"

namespace x1::api {
namespace {

// A no comes without its person. Whose question it was is in the store; of who is not known to be that person, the
// account that is to be asked about instead is kept back.
Event without_accounts(Store& store, Event event, const UserId& reader) {
  if (event.type != "consent.denied" || event.payload.find("use_connection") == nullptr) return event;
  const auto* name = event.payload.find_string("challenge");
  const auto id = ChallengeId::parse(name == nullptr ? std::string_view() : *name);
  if (id.ok()) {
    const auto question = store.consents().challenge(*id);
    if (question.ok() && question->has_value() && (*question)->actor == reader) return event;
  }
  event.payload.object()->insert_or_assign("use_connection", wire::Value());
  return event;
}

}  // namespace

Status EventStreams::open(std::uint64_t id, const SessionId& session, const Caller& listener, std::uint64_t after) {
  const auto own = std::ranges::count_if(streams_, [&](const auto& each) { return each.second.user == listener.user; });
  if (streams_.size() >= max_streams || own >= max_streams_of_one) {
    return base::Error{base::Code::too_many, "Too many event streams are open.", "close some"};
  }
  streams_.emplace(id, Stream{session, listener.user, listener.token_hash, after, false});
  send_(seam::edge::StreamOpened{id});
  return base::Done{};
}

void EventStreams::more(std::uint64_t id) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  found->second.ready = true;
  pump(id, found->second);
}

void EventStreams::closed(std::uint64_t id) { streams_.erase(id); }

void EventStreams::event_added(const SessionId& session) {
  for (auto& [id, stream] : streams_) {
    if (stream.session == session) pump(id, stream);
  }
}

void EventStreams::member_left(const SessionId& session, const UserId& user) {
  end_if([&](const Stream& stream) { return stream.session == session && stream.user == user; });
}

// One batch, at least one event if there is any.
void EventStreams::pump(std::uint64_t id, Stream& stream) {
  if (!stream.ready) return;
  // A store that can't be read now is read again at the next event; the listener loses nothing.
  auto events = store_.journal().events(stream.session, stream.last, batch_events);
  if (!events.ok()) return;
  std::size_t bytes = 0;
  for (const auto& event : *events) {
    auto data = view(without_accounts(store_, event, stream.user), stream.user);
    bytes += wire::canonical_json(data).size();
    if (!stream.ready && bytes > batch_bytes) break;
    stream.last = event.number;
    stream.ready = false;
    send_(seam::edge::StreamEvent{id, event.number, event.type, std::move(data)});
  }
}

void EventStreams::end_if(const std::function<bool(const Stream&)>& condition) {
  std::erase_if(streams_, [&](const auto& entry) {
    if (!condition(entry.second)) return false;
    send_(seam::edge::StreamEnded{entry.first});
    return true;
  });
}

void EventStreams::logged_out(const std::string& token_hash) {
  end_if([&](const Stream& stream) { return !token_hash.empty() && stream.token_hash == token_hash; });
}

void EventStreams::end_expired(TimePoint now) {
  end_if([&](const Stream& stream) {
    if (stream.token_hash.empty()) return false;
    const auto login = store_.people().login(stream.token_hash, now);
    return login.ok() && !login->has_value();
  });
}

}  // namespace x1::api
