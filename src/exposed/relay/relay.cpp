#include "relay/relay.hpp"

#include <algorithm>

#include "relay/link.hpp"

namespace x1::relay {

namespace asio = boost::asio;

Relay::Relay(asio::io_context& context, os::Fd listener, asio::ip::tcp::endpoint bus, const log::Log& log)
    : context_(context), acceptor_(context), bus_(std::move(bus)), log_(log) {
  acceptor_.assign(asio::ip::tcp::v4(), listener.release());
}

Relay::~Relay() {
  for (const auto& link : links_)
    link->end();
}

void Relay::accept() {
  acceptor_.async_accept([this](boost::system::error_code error, asio::ip::tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (error) {
      log_.error("accept.failed", {{"why", error.message()}});
      return context_.stop();
    }
    begin(std::move(socket));
    accept();
  });
}

void Relay::begin(asio::ip::tcp::socket inside) {
  if (links_.size() >= max_links) return;  // closed by its destructor
  auto link = std::make_shared<Link>(std::move(inside), asio::ip::tcp::socket(context_), [this](const Link& ended) {
    std::erase_if(links_, [&](const std::shared_ptr<Link>& each) { return each.get() == &ended; });
  });
  links_.push_back(link);
  link->start(bus_);
}

}  // namespace x1::relay
