#include "edge/server.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "os/socket.hpp"

namespace x1::edge {
namespace {

namespace asio = boost::asio;
using base::Code;
using base::Error;
using FromEdge = seam::edge::FromEdge;

// Out of descriptors or memory: accepting again at once would spin.
constexpr std::chrono::milliseconds accept_pause{100};

}  // namespace

base::Result<std::uint16_t> port_of(int socket) {
  asio::ip::tcp::endpoint endpoint;
  socklen_t size = static_cast<socklen_t>(endpoint.capacity());
  if (getsockname(socket, endpoint.data(), &size) != 0) {
    return Error{Code::invalid_request, "The descriptor handed over is no listening TCP socket.", ""};
  }
  endpoint.resize(size);
  return endpoint.port();
}

Server::Server(asio::io_context& context, os::Fd api, os::Fd tcp, os::Fd local, Site site, Deadlines deadlines,
               ServerLimits limits)
    : context_(context),
      api_(context, std::move(api)),
      tcp_(context, asio::ip::tcp::v4(), tcp.release()),
      local_(context, asio::local::stream_protocol(), local.release()),
      pause_(context),
      site_(std::move(site)),
      deadlines_(deadlines),
      limits_(limits) {}

void Server::start() {
  api_.start([this](std::string_view frame) { took(frame); }, [this](const Error& why) { stop(why); });
  accept_tcp();
  accept_local();
}

void Server::accept_tcp() {
  tcp_.async_accept([this](boost::system::error_code error, asio::ip::tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (error) {
      pause_.expires_after(accept_pause);
      return pause_.async_wait([this](boost::system::error_code stopped) {
        if (!stopped) accept_tcp();
      });
    }
    boost::system::error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    admit(Connection::Socket(std::move(socket)), Client{});
    accept_tcp();
  });
}

void Server::accept_local() {
  local_.async_accept([this](boost::system::error_code error, asio::local::stream_protocol::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      auto peer = os::peer_of(socket.native_handle());
      if (peer.ok()) admit(Connection::Socket(std::move(socket)), Client{.uid = peer->uid});
    }
    accept_local();
  });
}

void Server::admit(Connection::Socket socket, Client client) {
  const auto same =
      std::ranges::count_if(connections_, [&](const auto& entry) { return entry.second->client().uid == client.uid; });
  const bool room = connections_.size() < limits_.connections && static_cast<std::size_t>(same) < limits_.per_peer;
  // A few more are taken in only to be told that there is no room; beyond these the socket is closed without a word.
  if (!room && connections_.size() >= limits_.connections + limits_.connections / 4) return;
  auto connection = std::make_shared<Connection>(std::move(socket), client, site_, deadlines_, *this);
  connections_.emplace(connection.get(), connection);
  if (room) return connection->start();
  connection->turn_away(Error{Code::too_many, "Too many connections are open.", "close some, or try again soon"});
}

std::uint64_t Server::ask(seam::edge::Request request, const std::shared_ptr<Connection>& from) {
  request.id = ++last_id_;
  const auto id = request.id;
  if (!api_.send_message<FromEdge>(std::move(request)).ok()) return 0;
  waiting_.emplace(id, from);
  return id;
}

void Server::more(std::uint64_t id) {
  if (auto sent = api_.send_message<FromEdge>(seam::edge::StreamMore{id}); !sent.ok()) stop(sent.error());
}

void Server::gone(std::uint64_t id) {
  waiting_.erase(id);
  if (auto sent = api_.send_message<FromEdge>(seam::edge::Gone{id}); !sent.ok()) stop(sent.error());
}

void Server::closed(Connection& connection) { connections_.erase(&connection); }

std::shared_ptr<Connection> Server::waiting_for(std::uint64_t id) {
  const auto found = waiting_.find(id);
  return found == waiting_.end() ? nullptr : found->second.lock();
}

void Server::took(std::string_view frame) {
  auto message = seam::decode_frame<seam::edge::ToEdge>(frame);
  if (!message.ok()) return stop(message.error());
  const auto id = std::visit([](const auto& kind) { return kind.id; }, *message);
  const auto connection = waiting_for(id);
  if (connection == nullptr) return;
  if (const auto* reply = std::get_if<seam::edge::Reply>(&*message)) {
    waiting_.erase(id);
    connection->replied(*reply);
  } else if (std::holds_alternative<seam::edge::StreamOpened>(*message)) {
    connection->stream_opened();
  } else if (const auto* event = std::get_if<seam::edge::StreamEvent>(&*message)) {
    connection->stream_event(*event);
  } else {
    waiting_.erase(id);
    connection->stream_ended();
  }
}

void Server::stop(const Error& why) {
  why_stopped_ = why;
  context_.stop();
}

}  // namespace x1::edge
