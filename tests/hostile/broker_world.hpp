// A real broker at its seams, with the test as gate, dialer, vault, bus and API. The vault and the dialer here do
// whatever they are asked: what keeps a request in is the broker alone.
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/broker.hpp"
#include "net/seam_channel.hpp"
#include "os/file.hpp"
#include "os/socket.hpp"
#include "policy/examples.hpp"
#include "wire/json.hpp"
#include "wire/jws.hpp"

namespace x1::hostile {

namespace gate = seam::gate;
namespace examples = policy::testing;

template <class T>
T must(base::Result<T> result) {
  REQUIRE_MESSAGE(result.ok(), (result.ok() ? std::string() : base::describe(result.error())));
  return std::move(result).value();
}

struct OwnFolder {
  OwnFolder() : path((std::filesystem::temp_directory_path() / "x1-hostile-XXXXXX").string()) {
    REQUIRE(::mkdtemp(path.data()) != nullptr);
  }
  ~OwnFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  OwnFolder(const OwnFolder&) = delete;
  OwnFolder& operator=(const OwnFolder&) = delete;
  std::string path;
};

struct FakeBus final : broker::BusPort {
  struct Asked {
    std::string subject;
    OnAnswer then;
    std::string payload;
  };
  std::deque<Asked> asked;
  OnRequest control;
  std::vector<std::string> answers;  // to control requests

  void request(std::string subject, std::string payload, base::Duration, OnAnswer then) override {
    asked.push_back({std::move(subject), std::move(then), std::move(payload)});
  }
  void serve(std::string, OnRequest then) override { control = std::move(then); }
  [[nodiscard]] std::string jwt() const override { return "own"; }
  void renew(std::string) override {}
  void reconnect() override {}
  void answer(const std::string&, std::string payload) override { answers.push_back(std::move(payload)); }

  [[nodiscard]] std::size_t waiting(std::string_view prefix) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(asked, [&](const Asked& each) { return each.subject.starts_with(prefix); }));
  }
  // Takes the oldest request whose subject begins so.
  Asked take_whole(std::string_view prefix) {
    const auto found = std::ranges::find_if(asked, [&](const Asked& each) { return each.subject.starts_with(prefix); });
    REQUIRE(found != asked.end());
    auto taken = std::move(*found);
    asked.erase(found);
    return taken;
  }
  OnAnswer take(std::string_view prefix) { return take_whole(prefix).then; }
};

inline const std::string turn_subject = "x1.api.session.s1.turn";
inline const std::string event_subject = "x1.api.session.s1.event";
inline const std::string audit_subject = "x1.api.session.s1.audit";
inline const std::string provider_subject = "x1.provider.s1.";
inline const std::string create_event = "calendar_create_event";

class BrokerWorld {
 public:
  // `record`: a folder with the record of the boots before; the test's. Without it, a new one of its own.
  explicit BrokerWorld(const std::string& record = {}, const policy::Manifest& manifest = examples::manifest())
      : record_(record.empty() ? folder_.path : record), toolbox_(must(broker::Toolbox::make({manifest}))) {
    begin();
  }
  // What the next broker of the session begins with; this one has to be gone by then, for its record is locked.
  struct Before {
    std::string record;
    crypto::SigningKey api_key;
    policy::KeySet keys;  // of the API, as the supervisor keeps them
  };
  explicit BrokerWorld(Before before)
      : record_(std::move(before.record)),
        api_key_(std::move(before.api_key)),
        given_keys_(std::move(before.keys)),
        goes_on_(true),
        toolbox_(must(broker::Toolbox::make({examples::manifest()}))) {
    begin();
  }
  [[nodiscard]] Before leave() { return {record_, std::move(api_key_), core_.api_keys}; }

  template <class Condition>
  void until(Condition done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done()) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      context_.run_one_for(std::chrono::milliseconds(5));
    }
  }

  // The API opens a turn of that person, whose calendar lies below /PERSON/home/.
  void open_turn(std::int64_t number, const std::string& person) {
    offer_turn(number, person);
    until([&] { return is_open(static_cast<std::uint64_t>(number)); });
    turn = static_cast<std::uint64_t>(number);
  }
  // The same, and it is another matter whether it opens.
  void offer_turn(std::int64_t number, const std::string& person) { offer_turn(number, person, session_); }
  void offer_turn(std::int64_t number, const std::string& person, const base::SessionId& session) {
    until([&] { return bus.waiting(turn_subject) > 0; });
    const std::string message = "go on";
    const std::string facts = R"({"connections":[{"id":")" + (person == "ada" ? "home" : person) +
                              R"(","kind":"caldav","url":"https://calendar.example/)" + person + R"(/home/"}]})";
    const policy::TurnCertificate certificate{session,
                                              base::TurnNumber{static_cast<std::uint64_t>(number)},
                                              examples::id<base::UserId>(person),
                                              crypto::sha256(message),
                                              crypto::sha256(facts),
                                              boot_key_.public_key(),
                                              clock_.now(),
                                              clock_.now() + std::chrono::hours(1)};
    bus.take(turn_subject)(policy::sign(certificate, api_key_) + "\n" + facts + "\n" + message);
  }
  [[nodiscard]] bool is_open(std::uint64_t number) const {
    return std::ranges::any_of(at_gate, [&](const gate::ToGate& each) {
      const auto* opened = std::get_if<gate::TurnOpened>(&each);
      return opened != nullptr && opened->turn == number;
    });
  }

  // The API takes that turn back, and the broker has obeyed.
  void cancel_turn(std::uint64_t number) {
    const auto answered = bus.answers.size();
    const policy::Control control{"cancel" + std::to_string(number), session_, examples::id<base::UserId>("ada"),
                                  policy::CancelTurn{base::TurnNumber{number}}, clock_.now()};
    bus.control(policy::sign(control, api_key_), "_INBOX.api.1");
    until([&] { return bus.answers.size() > answered; });
    REQUIRE(bus.answers.back().starts_with("ok"));
  }

  // The supervisor has done what it was asked last: there is another gate. The one before is not ended by this test's
  // supervisor, so that it can be seen to talk to nobody.
  void replace_agent() {
    auto ends = must(os::socket_pair());
    old_gates_.push_back(std::move(gate_));
    gate_ = std::make_unique<net::SeamChannel>(context_, std::move(ends.second));
    listen_as_gate();
    const seam::box::ToBroker done(seam::box::AgentReplaced{replacements.back()});
    from_supervisor(seam::encode_frame(done), ends.first.get());
  }
  void agent_ends() { from_supervisor(seam::encode_frame(seam::box::ToBroker(seam::box::AgentEnded{})), -1); }
  void fail_replacement() {
    const seam::box::ToBroker failed(
        seam::box::ReplaceFailed{replacements.back(), base::Code::timed_out, "The agent's box could not be ended."});
    from_supervisor(seam::encode_frame(failed), -1);
  }
  void from_supervisor(const std::string& bytes, int fd) {
    REQUIRE(os::send_with_fd(to_broker_.get(), bytes, fd).ok());
  }

  void from_gate(gate::ToBroker message) { REQUIRE(gate_->send(seam::encode_frame(message)).ok()); }
  // Into nothing, when the broker has hung up on it.
  void from_old_gate(gate::ToBroker message) {
    static_cast<void>(old_gates_.back()->send(seam::encode_frame(message)));
  }
  void raw_from_gate(std::string bytes) { REQUIRE(gate_->send(std::move(bytes)).ok()); }

  std::uint64_t call(const std::string& tool, wire::Value arguments = wire::Value::Object{}) {
    return call_in(turn, tool, std::move(arguments));
  }
  std::uint64_t call_in(std::uint64_t of_turn, const std::string& tool, wire::Value arguments = wire::Value::Object{}) {
    from_gate(gate::AgentCall{++calls_, of_turn, tool, std::move(arguments)});
    return calls_;
  }
  std::uint64_t ask(const std::string& tool) {
    return call("request_permission", wire::Value::Object{{"tool", tool}, {"arguments", wire::Value::Object{}}});
  }

  // The provider answers something; the number under which the broker has gate read it.
  std::uint64_t provider_answers() {
    until([&] { return bus.waiting(provider_subject) > 0; });
    const auto before = parses();
    bus.take(provider_subject)(std::string("{}"));
    until([&] { return parses().size() > before.size(); });
    return parses().back();
  }
  void wants(std::uint64_t parse, std::vector<wire::PlannedRequest> requests) {
    from_gate(gate::ProviderWants{parse, std::move(requests), ""});
  }

  // What the agent was told about a call: the error's code, "ok" for a result, or nothing yet.
  [[nodiscard]] std::string told(std::uint64_t number) const {
    for (const auto& each : at_gate) {
      const auto* error = std::get_if<gate::CallError>(&each);
      if (error != nullptr && error->call == number) return std::string(base::to_string(error->code));
      const auto* result = std::get_if<gate::CallResult>(&each);
      if (result != nullptr && result->call == number) return "ok";
    }
    return {};
  }
  std::string answer_to(std::uint64_t number) {
    until([&] { return !told(number).empty(); });
    return told(number);
  }
  // The API takes the oldest event that waits, and refuses it with that code if it is of this type.
  wire::Value take_event(std::string_view refused_type = {}, const std::string& code = {}) {
    until([&] { return bus.waiting(event_subject) > 0; });
    const auto asked = bus.take_whole(event_subject);
    const std::vector keys{boot_key_.public_key()};
    const auto first = asked.payload.substr(0, asked.payload.find('\n'));  // the others are sent again
    auto event = must(wire::verify_jws(wire::TokenType::event, first, keys, 1 << 20));
    const auto seq = static_cast<std::uint64_t>(*event.find_integer("seq"));
    policy::Receipt receipt{session_, "event", seq, {}, clock_.now()};
    if (*event.find_string("type") == refused_type) receipt.refused.push_back({seq, code});
    asked.then(policy::sign(receipt, api_key_));
    return event;
  }
  // The API takes the events that wait, up to the first of this type, which it refuses.
  void refuse_event(std::string_view type, const std::string& code) {
    while (*take_event(type, code).find_string("type") != type) {
    }
  }
  // The API takes them up to the first of this type: what that tells the people.
  wire::Value people_told(std::string_view type) {
    for (;;) {
      const auto event = take_event();
      if (*event.find_string("type") == type) return *event.find("payload");
    }
  }
  // The API says that this is the last row it has.
  void audit_head(std::uint64_t seq, const crypto::Digest& head) {
    until([&] { return bus.waiting(audit_subject) > 0; });
    bus.take(audit_subject)(policy::sign(policy::Receipt{session_, "audit", seq, head, clock_.now()}, api_key_));
  }
  [[nodiscard]] const broker::Journal& journal() const { return journal_; }
  [[nodiscard]] const std::string& record() const { return record_; }
  [[nodiscard]] const crypto::PublicKey& api_key() const { return api_key_.public_key(); }
  // The process is gone.
  void lose_gate() { gate_.reset(); }
  void lose_dialer() { dialer_.reset(); }
  // How many rows of that kind stand in the session's record.
  [[nodiscard]] std::size_t rows_of(std::string_view kind) const {
    const auto text = must(os::read_file(record_ + "/journal"));
    const auto wanted = "\"kind\":\"" + std::string(kind) + "\"";
    std::size_t count = 0;
    for (auto at = text.find(wanted); at != text.npos; at = text.find(wanted, at + 1))
      ++count;
    return count;
  }
  // What gate was told of that kind.
  template <class Kind>
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(at_gate, [](const auto& each) { return std::holds_alternative<Kind>(each); }));
  }
  template <class Kind>
  [[nodiscard]] const Kind& last() const {
    const auto found = std::find_if(at_gate.rbegin(), at_gate.rend(),
                                    [](const auto& each) { return std::holds_alternative<Kind>(each); });
    REQUIRE(found != at_gate.rend());
    return std::get<Kind>(*found);
  }
  // Everything sent so far has been worked on, with all that follows from it: each round goes through every seam once.
  void settle() {
    for (int round = 0; round < 8; ++round)
      static_cast<void>(answer_to(call("no_such_tool")));
  }

  // What the broker answers to these keys of the API: "" when it uses them.
  std::string use_keys(const policy::KeySet& keys) {
    const auto before = keys_taken.size();
    from_supervisor(seam::encode_frame(seam::box::ToBroker(seam::box::UseKeys{keys.number, policy::to_value(keys)})),
                    -1);
    until([&] { return keys_taken.size() > before; });
    return keys_taken.back();
  }
  // The API signs with another key from here on; the one before. A second passes.
  crypto::SigningKey follow_key(bool revoke) {
    auto next = must(crypto::SigningKey::generate());
    REQUIRE(use_keys(must(policy::with_next(core_.api_keys, next.public_key(), clock_.now()))).empty());
    REQUIRE(use_keys(policy::with_retired(core_.api_keys, clock_.now(), revoke)).empty());
    clock_.advance(std::chrono::seconds(1));
    return std::exchange(api_key_, std::move(next));
  }
  [[nodiscard]] const policy::KeySet& keys() const { return core_.api_keys; }
  // Whoever has that key works as the API from here on; the one that it had.
  crypto::SigningKey sign_with(crypto::SigningKey key) { return std::exchange(api_key_, std::move(key)); }
  std::string control(const std::string& id, policy::ControlAction action) {
    const auto before = bus.answers.size();
    const policy::Control made{id, session_, examples::id<base::UserId>("ada"), std::move(action), clock_.now()};
    bus.control(policy::sign(made, api_key_), "_INBOX.api.1");
    until([&] { return bus.answers.size() > before; });
    return bus.answers.back();
  }
  [[nodiscard]] base::TimePoint now() const { return clock_.now(); }

  // What the API signs, whatever it says.
  [[nodiscard]] std::string signed_by_api(const auto& token) const { return policy::sign(token, api_key_); }
  // What the API is answered to that.
  std::string redeemed(const policy::ConsentToken& token) {
    const auto before = bus.answers.size();
    bus.control(signed_by_api(token), "_INBOX.api.1");
    until([&] { return bus.answers.size() > before; });
    return bus.answers.back();
  }
  // The person says yes to the last question, as it was asked.
  std::string consent(policy::Lifetime lifetime) {
    until([&] { return !memory.asked.empty(); });
    const auto* challenge = memory.ledger.challenge(memory.asked.back());
    REQUIRE(challenge != nullptr);
    return policy::sign(examples::consent(*challenge, lifetime, "t" + std::to_string(memory.asked.size())), api_key_);
  }
  void granted(const std::string& tool, std::vector<wire::PlannedRequest> planned, policy::Lifetime lifetime) {
    const auto asked_before = memory.asked.size();
    const auto number = ask(tool);
    wants(provider_answers(), std::move(planned));
    until([&] { return memory.asked.size() > asked_before; });
    bus.control(consent(lifetime), "_INBOX.api.1");
    REQUIRE(answer_to(number) == "ok");
    REQUIRE(!memory.ledger.grants().empty());
  }

  FakeBus bus;
  broker::Memory memory;
  std::vector<gate::ToGate> at_gate;
  std::vector<seam::dialer::Dial> dialled;
  std::size_t released = 0;
  std::optional<policy::Passkey> pinned;    // what the vault names for any assertion
  std::vector<std::uint64_t> replacements;  // the turns for which another agent was asked for
  std::vector<std::string> keys_taken;      // what became of the keys that the supervisor told
  bool replaces = true;                     // the supervisor does so at once
  std::uint64_t turn = 0;
  std::optional<base::Status> ended;
  bool cut_off = false;

 private:
  void begin() {
    listen_as_gate();
    supervisor_.start(
        [this](std::string_view frame) {
          const auto asked = must(seam::decode_frame<seam::box::FromBroker>(frame));
          if (const auto* taken = std::get_if<seam::box::KeysTaken>(&asked)) return keys_taken.push_back(taken->code);
          replacements.push_back(std::get<seam::box::ReplaceAgent>(asked).turn);
          if (replaces) replace_agent();
        },
        [](const base::Error&) {});
    vault_.start([this](std::string_view frame) { release(frame); }, [](const base::Error&) {});
    dialer_->start([this](std::string_view frame) { dial(frame); }, [](const base::Error&) {});
    broker_.start();
  }
  void listen_as_gate() {
    gate_->start(
        [this](std::string_view frame) {
          at_gate.push_back(must(seam::decode_frame<gate::ToGate>(frame)));
          if (const auto* tools = std::get_if<gate::Tools>(&at_gate.back())) calls_ = tools->last_call;
        },
        [](const base::Error&) {});
  }
  [[nodiscard]] std::vector<std::uint64_t> parses() const {
    std::vector<std::uint64_t> out;
    for (const auto& each : at_gate) {
      if (const auto* parse = std::get_if<gate::ParseProvider>(&each)) out.push_back(parse->parse);
    }
    return out;
  }
  void release(std::string_view frame) {
    const auto message = must(seam::decode_frame<seam::vault::FromBroker>(frame));
    if (const auto* check = std::get_if<seam::vault::CheckPasskey>(&message)) return name_passkey(check->id);
    const auto asked = std::get<seam::vault::Release>(message);
    ++released;
    const auto sent = vault_.send_message<seam::vault::ToBroker>(seam::vault::Released{asked.id, {1, 2, 3}});
    REQUIRE(sent.ok());
  }
  void name_passkey(std::uint64_t id) {
    const seam::vault::ToBroker none = seam::vault::Refused{id, base::Code::passkey_required, "None is pinned."};
    REQUIRE(vault_
                .send_message<seam::vault::ToBroker>(
                    pinned ? seam::vault::ToBroker(seam::vault::PasskeyPinned{id, policy::to_value(*pinned)}) : none)
                .ok());
  }
  void dial(std::string_view frame) {
    auto message = must(seam::decode_frame<seam::dialer::ToDialer>(frame));
    auto* asked = std::get_if<seam::dialer::Dial>(&message);
    if (asked == nullptr) return;
    const auto sent =
        dialer_->send_message<seam::dialer::FromDialer>(seam::dialer::Answer{asked->id, 201, {}, "", "192.0.2.1:443"});
    REQUIRE(sent.ok());
    dialled.push_back(std::move(*asked));
  }

  using Pair = std::pair<os::Fd, os::Fd>;
  boost::asio::io_context context_{1};
  OwnFolder folder_;
  std::string record_;
  base::FakeClock clock_{examples::at(15)};
  log::Log log_{"x1-sidecar", clock_};
  crypto::SystemRandom random_;
  crypto::SigningKey api_key_ = must(crypto::SigningKey::generate());
  policy::KeySet given_keys_ = policy::KeySet::of(api_key_.public_key());
  bool goes_on_ = false;
  crypto::SigningKey boot_key_ = must(crypto::SigningKey::generate());
  base::SessionId session_ = examples::id<base::SessionId>("s1");
  broker::Toolbox toolbox_;
  broker::Journal journal_ =
      must(broker::Journal::open(record_ + "/journal", "s1", boot_key_, [this](const audit::Row& row) {
        return goes_on_ ? broker::replay(memory, row, given_keys_) : base::Status(base::Done{});
      }));
  broker::EventLog events_ = must(broker::EventLog::open(record_ + "/events", session_, boot_key_, clock_));
  broker::Commit commit_{context_, journal_};
  broker::Core core_{.context = context_,
                     .clock = clock_,
                     .random = random_,
                     .log = log_,
                     .key = boot_key_,
                     .session = session_,
                     .api_keys = given_keys_,
                     .toolbox = toolbox_,
                     .bus = bus,
                     .memory = memory,
                     .turns = broker::Turns(session_, boot_key_.public_key(), memory.last_turn),
                     .commit = commit_,
                     .events = events_,
                     .on_event = {}};
  Pair gate_seam_ = must(os::socket_pair());
  Pair dialer_seam_ = must(os::socket_pair());
  Pair vault_seam_ = must(os::socket_pair());
  Pair box_seam_ = must(os::socket_pair());
  os::Fd to_broker_ = os::Fd(::dup(box_seam_.second.get()));
  std::unique_ptr<net::SeamChannel> gate_ = std::make_unique<net::SeamChannel>(context_, std::move(gate_seam_.second));
  std::vector<std::unique_ptr<net::SeamChannel>> old_gates_;
  net::SeamChannel supervisor_{context_, std::move(box_seam_.second)};
  std::optional<net::SeamChannel> dialer_{std::in_place, context_, std::move(dialer_seam_.second)};
  net::SeamChannel vault_{context_, std::move(vault_seam_.second)};
  broker::Broker broker_{core_,
                         journal_,
                         broker::Seams{std::move(gate_seam_.first), std::move(dialer_seam_.first),
                                       std::move(vault_seam_.first), std::move(box_seam_.first)},
                         {.on_end = [this](base::Status how) { ended.emplace(std::move(how)); },
                          .on_cut_off = [this] { cut_off = true; }}};
  std::uint64_t calls_ = 0;
};

}  // namespace x1::hostile
