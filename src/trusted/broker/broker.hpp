// Broker: the one that decides. It joins the desks: gate's messages go to AgentCalls, Calls and TurnLoop, the API's to
// ControlDesk, and what was recorded to the Uplink. All of it on one thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>

#include "broker/agent_calls.hpp"
#include "broker/calls.hpp"
#include "broker/control_desk.hpp"
#include "broker/core.hpp"
#include "broker/egress.hpp"
#include "broker/gate_link.hpp"
#include "broker/key_desk.hpp"
#include "broker/notices.hpp"
#include "broker/questions.hpp"
#include "broker/renewal.hpp"
#include "broker/turn_loop.hpp"
#include "broker/uplink.hpp"

namespace x1::broker {

struct Seams {
  os::Fd gate;
  os::Fd dialer;
  os::Fd vault;
  os::Fd supervisor;
};

class Broker {
 public:
  struct Endings {
    // Once: the session has ended (Done) or can't go on (an error), and its books are closed. The context still has to
    // run until it returns.
    std::function<void(base::Status)> on_end;
    // Or else, once: a part of the sidecar is gone. Another broker may go on with the record.
    std::function<void()> on_cut_off;
  };
  // Core and journal must outlive it.
  Broker(Core& core, Journal& journal, Seams seams, Endings endings);

  void start();

 private:
  void take_from_gate(std::string_view frame);
  void record_holds();
  void agent_called(seam::gate::AgentCall call);
  void agent_done(const seam::gate::AgentDone& done);
  void wait_at_door();
  void open_door();
  void turn_closed();
  void ledger_changed();
  void control(std::string token, const std::string& reply);
  void ask_again();
  void end(std::string_view reason, base::Status outcome = base::Done{});
  void gone(std::string_view part, const base::Error& why);
  void broken(std::string_view seam);
  void cut_off(std::string_view part);

  Core& core_;
  Journal& journal_;
  Endings endings_;
  GateLink gate_;
  BoxLink box_;
  VaultLink vault_;
  DialerLink dialer_;
  Egress egress_;
  Calls calls_;
  Notices notices_;
  Questions questions_;
  AgentCalls agent_calls_;
  TurnLoop turn_loop_;
  boost::asio::steady_timer door_;
  Uplink uplink_;
  Renewal renewal_;
  ControlDesk control_;
  KeyDesk keys_;
  std::uint64_t last_call_ = 0;
  bool record_holds_ = false;
  bool door_open_ = false;
  const bool first_;  // of the session's brokers
  bool ending_ = false;
};

}  // namespace x1::broker
