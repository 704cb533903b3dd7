#include "emulator/http/session.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <exception>
#include <string_view>
#include <utility>

#include "emulator/http/incoming.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

namespace http = beast::http;

/// How long a client may take to read the last answer before its connection is closed.
constexpr std::chrono::milliseconds kLinger{1000};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

bool is_loopback(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
  }
  return address.is_loopback();
}

HttpResponse internal_error() {
  return error_response(500, "internal_error", "the emulator failed");
}

}  // namespace

Session::Session(tcp::socket&& socket, SessionTerms& terms)
    : wire_(std::move(socket)), pause_(wire_.get_executor()), terms_(terms) {
  error_code error;
  // Or the end of an answer would wait for the client's word on its beginning.
  wire_.socket().set_option(tcp::no_delay(true), error);
  const auto peer = wire_.socket().remote_endpoint(error);
  from_loopback_ = !error && is_loopback(peer.address());
}

Session::~Session() { terms_.connections.leave(id_); }

void Session::run(ConnectionFault fault) {
  id_ = terms_.connections.enter(weak_from_this());
  asio::post(wire_.get_executor(), [self = shared_from_this(), fault] { self->greet(fault); });
}

void Session::finish() {
  asio::post(wire_.get_executor(), [self = shared_from_this()] {
    self->is_finishing_ = true;
    if (!self->is_answering_ || self->delivery_.is_lasting()) self->close_at_once();
  });
}

void Session::abort() {
  asio::post(wire_.get_executor(), [self = shared_from_this()] { self->close_at_once(); });
}

void Session::close_at_once() {
  pause_.cancel();
  wire_.close();
}

void Session::greet(ConnectionFault fault) {
  if (fault == ConnectionFault::stall) return stall();
  if (terms_.tls == nullptr) return read();
  wire_.expires_after(terms_.limits.timeout);
  wire_.async_handshake(terms_.tls->context(fault), [self = shared_from_this()](error_code error) {
    // The alert, if there is one, is on its way.
    if (error) return self->close_socket();
    self->read();
  });
}

// --- requests -------------------------------------------------------------------------------

void Session::read() {
  is_answering_ = false;
  parser_.emplace();
  parser_->header_limit(terms_.limits.header_bytes);
  parser_->body_limit(terms_.limits.body_bytes);
  // The deadline is set once for the whole request: a client that drips bytes does not move it.
  wire_.expires_after(terms_.limits.timeout);
  http::async_read_header(
      wire_, buffer_, *parser_,
      [self = shared_from_this()](error_code error, std::size_t) { self->on_header(error); });
}

void Session::on_header(error_code error) {
  if (error) return read_body(error);
  if (auto refusal = refusal_of(parser_->get())) {
    return deliver(std::move(*refusal), {.keep_alive = false});
  }
  if (!expects_continue(parser_->get())) return read_body(error);
  asio::async_write(
      wire_, asio::buffer(kContinue.data(), kContinue.size()),
      [self = shared_from_this()](error_code failed, std::size_t) { self->read_body(failed); });
}

void Session::read_body(error_code error) {
  if (error) return on_read(error);
  http::async_read(
      wire_, buffer_, *parser_,
      [self = shared_from_this()](error_code failed, std::size_t) { self->on_read(failed); });
}

void Session::on_read(error_code error) {
  if (error == http::error::header_limit) {
    return refuse(431, "header_too_large", "the header is too large");
  }
  if (error == http::error::body_limit) {
    return refuse(413, "body_too_large", "the body is too large");
  }
  if (error == http::error::end_of_stream || error == http::error::partial_message) return close();
  if (error && error.category() == http::make_error_code(http::error::bad_method).category()) {
    return refuse(400, "bad_request", "not an HTTP/1.1 request");
  }
  if (!error) answer();  // else reset or timed out: the stream is closed
}

void Session::refuse(int status, std::string_view error, std::string_view message) {
  deliver(error_response(status, error, message), {.keep_alive = false});
}

// --- answers --------------------------------------------------------------------------------

void Session::answer() {
  const auto& message = parser_->get();
  const DeliveryTerms terms{.is_head = message.method() == http::verb::head,
                            .is_http_1_0 = message.version() < 11,
                            .keep_alive = message.keep_alive()};
  HttpRequest request = plain_request(parser_->release());
  request.from_loopback = from_loopback_;
  request.is_https = wire_.has_tls();
  HttpResponse response;
  try {
    response = terms_.handlers.respond(std::move(request));
  } catch (...) {
    response = internal_error();
  }
  deliver(std::move(response), terms);
}

void Session::deliver(HttpResponse&& response, const DeliveryTerms& terms) {
  try {
    delivery_ = plan_delivery(std::move(response), terms);
  } catch (const std::exception&) {
    delivery_ = plan_delivery(internal_error(), terms);
  }
  is_answering_ = true;
  if (delivery_.is_lasting()) terms_.connections.last(id_);
  if (delivery_.pause > std::chrono::milliseconds::zero()) return drip(0);
  send(delivery_.start, &Session::send_blocks);
}

void Session::send(std::string_view bytes, void (Session::*then)()) {
  if (bytes.empty()) return (this->*then)();
  wire_.expires_after(terms_.limits.timeout);
  asio::async_write(wire_, asio::buffer(bytes.data(), bytes.size()),
                    [self = shared_from_this(), then](error_code error, std::size_t) {
                      if (!error) (self.get()->*then)();  // else gone, or too slow
                    });
}

void Session::send_blocks() {
  if (delivery_.blocks == 0) return send(delivery_.finish, &Session::conclude);
  if (delivery_.blocks != Delivery::kForever) --delivery_.blocks;
  send(delivery_.block, &Session::send_blocks);
}

void Session::drip(std::size_t from) {
  if (from == delivery_.start.size()) return conclude();
  wire_.expires_after(terms_.limits.timeout);
  asio::async_write(wire_, asio::buffer(delivery_.start.data() + from, 1),
                    [self = shared_from_this(), from](error_code error, std::size_t) {
                      if (!error) self->pause_before(from + 1);
                    });
}

void Session::pause_before(std::size_t from) {
  pause_.expires_after(delivery_.pause);
  pause_.async_wait([self = shared_from_this(), from](error_code error) {
    if (!error) self->drip(from);
  });
}

void Session::conclude() {
  switch (delivery_.end) {
    case Delivery::End::keep_alive:
      return is_finishing_ ? close() : read();
    case Delivery::End::close:
      return close();
    case Delivery::End::reset:
      return reset();
    case Delivery::End::stall:
      return stall();
  }
}

// --- ends -----------------------------------------------------------------------------------

/// Says nothing more. What the client sends is read and dropped, because that is how its leaving is
/// noticed.
void Session::stall() {
  terms_.connections.last(id_);
  wire_.expires_never();
  drain();
}

void Session::reset() {
  error_code ignored;
  wire_.socket().set_option(tcp::socket::linger(true, 0), ignored);
  wire_.close();
}

void Session::close() {
  if (!wire_.has_tls()) return close_socket();
  wire_.expires_after(std::min<std::chrono::milliseconds>(terms_.limits.timeout, kLinger));
  wire_.async_shutdown([self = shared_from_this()](error_code) { self->close_socket(); });
}

/// Says goodbye, then reads on for a moment: closing with unread input would reset the connection
/// and could take the response away from the client.
void Session::close_socket() {
  error_code ignored;
  wire_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  wire_.expires_after(std::min<std::chrono::milliseconds>(terms_.limits.timeout, kLinger));
  drain();
}

void Session::drain() {
  wire_.async_read_raw(asio::buffer(scratch_),
                       [self = shared_from_this()](error_code error, std::size_t) {
                         if (!error) self->drain();
                       });
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
