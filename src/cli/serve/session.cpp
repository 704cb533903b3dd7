#include "cli/serve/session.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace jwks::cli {
namespace {

namespace http = beast::http;

/// A proxy's header is the client's, and those are bounded at 32 KiB and less by default.
constexpr std::uint32_t kMaxHeaderBytes = 64 * 1024;
/// How long a connection may wait for its next request.
constexpr std::chrono::seconds kIdle{120};
/// For a header once it has begun, and for an answer.
constexpr std::chrono::seconds kTransfer{10};
/// How long a client may take to read the last answer before its connection is closed.
constexpr std::chrono::seconds kLinger{1};

std::string text_of(beast::string_view text) { return {text.data(), text.size()}; }
beast::string_view view_of(std::string_view text) { return {text.data(), text.size()}; }

ProxyRequest plain_request(const http::request_header<>& header) {
  ProxyRequest request{.method = text_of(header.method_string()),
                       .target = text_of(header.target())};
  const auto [first, last] = header.equal_range(http::field::authorization);
  std::for_each(first, last, [&](const auto& field) {
    request.authorization.push_back(text_of(field.value()));
  });
  return request;
}

/// RFC 9110 §5.6.7, IMF-fixdate.
std::string date() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm time{};
  gmtime_r(&now, &time);
  std::array<char, 32> text{};
  const std::size_t size =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &time);
  return {text.data(), size};
}

}  // namespace

Session::Session(Socket&& socket, SessionTerms& terms) : stream_(std::move(socket)), terms_(terms) {
  error_code ignored;
  stream_.socket().set_option(tcp::no_delay(true), ignored);
}

Session::~Session() { terms_.connections.leave(this); }

void Session::run() {
  terms_.connections.enter(shared_from_this());
  asio::post(stream_.get_executor(), [self = shared_from_this()] { self->await_request(); });
}

void Session::finish() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    self->is_finishing_ = true;
    if (!self->is_answering_) self->stream_.close();
  });
}

// --- requests -------------------------------------------------------------------------------

void Session::await_request() {
  if (is_finishing_) return close();
  is_answering_ = false;
  if (buffer_.size() > 0) return read_header();
  if (std::exchange(is_first_, false)) {
    stream_.expires_after(terms_.first_request);
  } else {
    stream_.expires_after(kIdle);
  }
  stream_.async_read_some(buffer_.prepare(scratch_.size()),
                          [self = shared_from_this()](error_code error, std::size_t size) {
                            if (error) return;  // the proxy is done with it, or idle
                            self->buffer_.commit(size);
                            self->read_header();
                          });
}

void Session::read_header() {
  parser_.emplace();
  parser_->header_limit(kMaxHeaderBytes);
  // A body is not read, however large it is. (Any length is above the limit "none".)
  parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
  // Once for the whole header: who drips bytes does not move it.
  stream_.expires_after(kTransfer);
  http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](error_code error, std::size_t) { self->on_header(error); });
}

void Session::on_header(error_code error) {
  is_answering_ = true;
  keep_alive_ = false;
  if (error == http::error::header_limit) return reply({.status = 431});
  if (error == http::error::end_of_stream || error == http::error::partial_message) return close();
  if (error && error.category() == http::make_error_code(http::error::bad_method).category()) {
    return reply({.status = 400});
  }
  if (error) return;  // reset or timed out: the stream is closed
  const auto& header = parser_->get();
  if (header.version() >= 11 && header.count(http::field::host) != 1) return reply({.status = 400});
  // Who asks for a tunnel does not ask about a request.
  if (header.method() == http::verb::connect) return reply({.status = 405});
  keep_alive_ = header.keep_alive() && parser_->is_done();
  ask();
}

void Session::ask() {
  stream_.expires_never();
  asking_.emplace(stream_.get_executor());
  const ProxyRequest request = plain_request(parser_->get());
  Asked asked{.ticket = terms_.answers.ticket(), .session = shared_from_this()};
  terms_.answer(request, [asked = std::move(asked)](ProxyAnswer answer) mutable {
    hand_over(std::move(asked.session), std::move(answer));
    asked.ticket.reset();
  });
}

/// To the session's own strand. Nothing of the connection stays with who called, the strand
/// included: the server may be gone as soon as the ticket is.
void Session::hand_over(std::shared_ptr<Session> session, ProxyAnswer&& answer) {
  const auto strand = session->stream_.get_executor();
  asio::dispatch(strand, [session = std::move(session), answer = std::move(answer)]() mutable {
    session->reply(std::move(answer));
  });
}

// --- answers --------------------------------------------------------------------------------

void Session::reply(ProxyAnswer&& answer) {
  asking_.reset();
  const bool is_head = parser_->get().method() == http::verb::head;
  response_ = {};
  response_.result(static_cast<unsigned>(answer.status));
  response_.version(parser_->get().version() == 10 ? 10 : 11);
  response_.set(http::field::date, date());
  // What holds for this token now does not hold for ever, nor for another one.
  response_.set(http::field::cache_control, "no-store");
  for (const auto& [name, value] : answer.fields) response_.insert(view_of(name), value);
  response_.keep_alive(keep_alive_);
  response_.content_length(answer.body.size());
  if (!is_head) response_.body() = std::move(answer.body);
  stream_.expires_after(kTransfer);
  http::async_write(stream_, response_, [self = shared_from_this()](error_code error, std::size_t) {
    self->on_written(error);
  });
}

void Session::on_written(error_code error) {
  if (error) return;  // gone, or too slow
  if (!keep_alive_) return close();
  await_request();
}

/// Says goodbye, then reads on for a moment: closing with unread input would reset the connection
/// and could take the response away from the client.
void Session::close() {
  error_code ignored;
  stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  stream_.expires_after(kLinger);
  drain();
}

void Session::drain() {
  if (is_finishing_) return stream_.close();
  stream_.async_read_some(asio::buffer(scratch_),
                          [self = shared_from_this()](error_code error, std::size_t) {
                            if (!error) self->drain();
                          });
}

}  // namespace jwks::cli
