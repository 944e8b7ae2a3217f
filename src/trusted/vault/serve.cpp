#include "vault/serve.hpp"

#include <boost/asio/post.hpp>
#include <iostream>

#include "os/socket.hpp"

namespace x1::vault {
namespace {

namespace asio = boost::asio;
using base::Code;
using base::Error;
namespace messages = seam::vault;

constexpr std::size_t max_waiting_descriptors = 16;

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

}  // namespace

Server::Server(asio::io_context& context, os::Fd supervisor, Vault& vault, PasskeyDesk& passkeys, ApiKeys& keys)
    : context_(context), supervisor_(context), vault_(vault), passkeys_(passkeys), keys_(keys) {
  supervisor_.assign(asio::local::stream_protocol(), supervisor.release());
  // That something has come is a hint: the one thread must never wait in a read.
  supervisor_.native_non_blocking(true);
  wait_for_supervisor();
}

void Server::wait_for_supervisor() {
  supervisor_.async_wait(asio::socket_base::wait_read, [this](boost::system::error_code failed) {
    const auto read = failed ? base::Status(Error{Code::unavailable, failed.message(), ""}) : read_supervisor();
    if (read.ok()) return wait_for_supervisor();
    std::cerr << "x1-vault: the supervisor is gone: " << base::describe(read.error()) << '\n';
    context_.stop();
  });
}

base::Status Server::read_supervisor() {
  auto read = os::receive_with_fd(supervisor_.native_handle(), 64 * 1024);
  if (!read.ok() && read.error().code == Code::timed_out) return base::Done{};  // nothing there, after all
  if (!read.ok()) return std::move(read).error();
  auto received = std::move(read).value();
  if (received.bytes.empty()) return Error{Code::unavailable, "The other side closed.", ""};
  if (received.fd) descriptors_.push_back(std::move(*received.fd));
  if (descriptors_.size() > max_waiting_descriptors) {
    return Error{Code::invalid_request, "The supervisor sent descriptors without a message.", ""};
  }
  X1_TRY(frames, framer_.feed(received.bytes));
  for (const auto& frame : frames) {
    X1_TRY(message, seam::decode_frame<messages::FromSupervisor>(frame));
    X1_TRY(obeyed, std::visit([this](const auto& what) { return obey(what); }, message));
  }
  return base::Done{};
}

base::Result<os::Fd> Server::next_descriptor() {
  if (descriptors_.empty()) return Error{Code::invalid_request, "A channel came without its descriptor.", ""};
  auto next = std::move(descriptors_.front());
  descriptors_.pop_front();
  return next;
}

// A new API counts its questions from one, as the one before did: what is still on its way to that one is dropped.
base::Status Server::obey(const messages::ApiChannel&) {
  X1_TRY(socket, next_descriptor());
  ++api_number_;
  api_ = std::make_unique<net::SeamChannel>(context_, std::move(socket));
  api_->start([this](std::string_view frame) { took_from_api(frame); }, [](const Error&) {});
  return base::Done{};
}

base::Status Server::obey(const messages::SessionChannel& message) {
  X1_TRY(socket, next_descriptor());
  X1_TRY(id, base::SessionId::parse(message.session));
  X1_TRY(dialer, crypto::box_public_key_from_text(message.dialer_key));
  if (sessions_.size() >= max_sessions) {
    std::cerr << "x1-vault: too many sessions; the channel of one more was closed\n";
    return base::Done{};
  }
  const auto number = ++last_;
  const base::TimePoint began(std::chrono::milliseconds(message.began));
  auto& session =
      sessions_.try_emplace(number, Session{Vault::channel(std::move(id), dialer, began), 0, nullptr}).first->second;
  session.channel = std::make_unique<net::SeamChannel>(context_, std::move(socket));
  session.channel->start([this, number](std::string_view frame) { took_from_broker(number, frame); },
                         [this, number](const Error&) { close_session_soon(number); });
  return base::Done{};
}

base::Status Server::obey(const messages::UseKeys& message) {
  const auto used = keys_.use(message.keys);
  const auto code = used.ok() ? std::string() : std::string(base::to_string(used.error().code));
  const messages::ToSupervisor answer(messages::KeysTaken{message.number, code});
  return os::send_with_fd(supervisor_.native_handle(), seam::encode_frame(answer), -1);
}

void Server::took_from_broker(std::uint64_t number, std::string_view frame) {
  const auto found = sessions_.find(number);
  if (found == sessions_.end()) return;
  auto& session = found->second;
  const auto message = seam::decode_frame<messages::FromBroker>(frame);
  if (!message.ok() || session.refusals >= max_refusals) return close_session_soon(number);
  if (const auto* check = std::get_if<messages::CheckPasskey>(&*message)) {
    return answer_broker(number, passkeys_.check(session.who.session, *check));
  }
  vault_.release(session.who, std::get<messages::Release>(*message),
                 [this, number](const messages::ToBroker& answer) { answer_broker(number, answer); });
  flush_soon();
}

void Server::answer_broker(std::uint64_t number, const messages::ToBroker& answer) {
  const auto found = sessions_.find(number);
  if (found == sessions_.end()) return;
  auto& session = found->second;
  if (std::holds_alternative<messages::Refused>(answer)) ++session.refusals;
  if (!session.channel->send(seam::encode_frame(answer)).ok()) close_session_soon(number);
}

void Server::flush_soon() {
  if (std::exchange(flushing_, true)) return;
  asio::post(context_, [this] {
    flushing_ = false;
    vault_.flush();
  });
}

void Server::close_session_soon(std::uint64_t number) {
  asio::post(context_, [this, number] { sessions_.erase(number); });
}

void Server::took_from_api(std::string_view frame) {
  const auto message = seam::decode_frame<messages::FromApi>(frame);
  const auto answer = [this, asker = api_number_](const messages::ToApi& what) {
    // An API that is gone or does not read gets no answer: it asks again when it is back.
    if (asker == api_number_) static_cast<void>(api_->send(seam::encode_frame(what)).ok());
  };
  if (!message.ok()) {
    std::cerr << "x1-vault: the API broke the protocol\n";
    return context_.stop();
  }
  std::visit(Overloaded{[&](const messages::Keep& keep) { vault_.keep(keep, answer); },
                        [&](const messages::Forget& forget) { answer(vault_.forget(forget)); },
                        [&](const messages::ReadAudit& read) { answer(vault_.read_audit(read)); },
                        [&](const messages::ChangePasskey& change) { answer(passkeys_.change(change)); },
                        [&](const messages::ListPasskeys& list) { answer(passkeys_.list(list)); }},
             *message);
}

}  // namespace x1::vault
