#include "emulator/http/http_server.hpp"

// ThreadSanitizer knows no fences, and GCC warns of them. What Asio orders by fences is ordered by
// the mutex of its scheduler too.
#if defined(__SANITIZE_THREAD__)
#define BOOST_ASIO_DISABLE_FENCED_BLOCK
#endif

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

constexpr int kThreads = 2;
constexpr std::chrono::milliseconds kAcceptPause{20};
constexpr std::chrono::milliseconds kLinger{1000};
constexpr std::size_t kDrainBytes = std::size_t{16} * 1024;

bool is_loopback(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
  }
  return address.is_loopback();
}

std::string text_of(beast::string_view text) { return {text.data(), text.size()}; }

HttpRequest plain_request(http::request<http::string_body>&& message, bool from_loopback) {
  HttpRequest request;
  request.from_loopback = from_loopback;
  request.method = text_of(message.method_string());
  const std::string target = text_of(message.target());
  const std::size_t question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string::npos) request.query = target.substr(question + 1);
  for (const auto& field : message) {
    request.headers.emplace_back(lower_case(text_of(field.name_string())), text_of(field.value()));
  }
  request.body = std::move(message.body());
  return request;
}

/// One connection. It lives as long as an operation of its stream is pending.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket&& socket, const HttpLimits& limits, const HttpHandlers& handlers)
      : stream_(std::move(socket)), limits_(limits), handlers_(handlers) {
    beast::error_code ignored;
    const auto peer = stream_.socket().remote_endpoint(ignored);
    from_loopback_ = !ignored && is_loopback(peer.address());
  }

  void run() {
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->read(); });
  }

 private:
  void read() {
    parser_.emplace();
    parser_->header_limit(limits_.header_bytes);
    parser_->body_limit(limits_.body_bytes);
    // The deadline is set once for the whole request: a client that drips bytes does not move it.
    stream_.expires_after(limits_.timeout);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) {
                       self->on_read(error);
                     });
  }

  void on_read(beast::error_code error) {
    if (error == http::error::header_limit) {
      return write(error_response(431, "header_too_large", "the header is too large"), false);
    }
    if (error == http::error::body_limit) {
      return write(error_response(413, "body_too_large", "the body is too large"), false);
    }
    if (error == http::error::end_of_stream || error == http::error::partial_message) {
      return close();
    }
    if (error && error.category() == http::make_error_code(http::error::bad_method).category()) {
      return write(error_response(400, "bad_request", "not an HTTP/1.1 request"), false);
    }
    if (error) return;  // reset or timed out: the stream is closed

    const bool keep_alive = parser_->get().keep_alive();
    const bool head = parser_->get().method() == http::verb::head;
    HttpRequest request = plain_request(parser_->release(), from_loopback_);
    try {
      write(handlers_.respond(std::move(request)), keep_alive, head);
    } catch (...) {
      write(error_response(500, "internal_error", "the emulator failed"), false, head);
    }
  }

  void write(HttpResponse&& response, bool keep_alive, bool head = false) {
    response_ = {};
    response_.version(11);
    response_.result(static_cast<unsigned>(response.status));
    response_.keep_alive(keep_alive);
    for (const auto& [name, value] : response.headers) response_.insert(name, value);
    // RFC 9110 §8.6: to HEAD the length that GET would have; with 204 and 304 none.
    if (response.status != 204 && response.status != 304) {
      response_.content_length(response.body.size());
      if (!head) response_.body() = std::move(response.body);
    }
    stream_.expires_after(limits_.timeout);
    http::async_write(
        stream_, response_,
        [self = shared_from_this(), keep_alive](beast::error_code error, std::size_t) {
          if (error) return;
          if (keep_alive) return self->read();
          self->close();
        });
  }

  /// Says goodbye, then reads on for a moment: closing with unread input would reset the connection
  /// and could take the response away from the client.
  void close() {
    beast::error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.expires_after(std::min<std::chrono::milliseconds>(limits_.timeout, kLinger));
    drain();
  }

  void drain() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(kDrainBytes),
                            [self = shared_from_this()](beast::error_code error, std::size_t) {
                              if (!error) self->drain();
                            });
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  const HttpLimits& limits_;
  const HttpHandlers& handlers_;
  bool from_loopback_ = false;
};

Error refused(std::string_view option, std::string_view why) {
  return Error(ErrorCode::bad_config).about(option).because(why);
}

}  // namespace

struct HttpServer::State {
  // In this order: destroying the io_context destroys the sessions, which refer to what is above
  // it.
  HttpLimits limits;
  HttpHandlers handlers{};
  asio::io_context io{kThreads};
  tcp::acceptor acceptor{io};
  asio::steady_timer pause{io};
  std::vector<std::thread> threads{};
  std::uint16_t port = 0;

  explicit State(HttpLimits the_limits) : limits(the_limits) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    io.stop();
    for (std::thread& thread : threads) thread.join();
  }

  void accept() {
    acceptor.async_accept(asio::make_strand(io),
                          [this](beast::error_code error, tcp::socket socket) {
                            if (!error) {
                              std::make_shared<Session>(std::move(socket), limits, handlers)->run();
                              return accept();
                            }
                            // Out of file descriptors, most likely: to try again at once would only
                            // burn a processor.
                            pause.expires_after(kAcceptPause);
                            pause.async_wait([this](beast::error_code) { accept(); });
                          });
  }
};

HttpServer::HttpServer(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
HttpServer::HttpServer(HttpServer&&) noexcept = default;
HttpServer& HttpServer::operator=(HttpServer&&) noexcept = default;
HttpServer::~HttpServer() = default;

Result<HttpServer> HttpServer::bind(const std::string& host, std::uint16_t port,
                                    HttpLimits limits) {
  auto state = std::make_unique<State>(limits);
  beast::error_code error;
  tcp::resolver resolver(state->io);
  const auto found = resolver.resolve(
      host, std::to_string(port), tcp::resolver::numeric_service | tcp::resolver::passive, error);
  if (error || found.empty()) return refused("host", "cannot resolve this host");

  const tcp::endpoint endpoint = found.begin()->endpoint();
  tcp::acceptor& acceptor = state->acceptor;
  acceptor.open(endpoint.protocol(), error);
  // Else a restart on the same port would have to wait for old connections to leave TIME_WAIT.
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error == asio::error::address_in_use) {
    return refused("port", "port " + std::to_string(port) + " is in use");
  }
  if (error == asio::error::access_denied) {
    return refused("port", "port " + std::to_string(port) + " needs privileges");
  }
  if (error) return refused("host", "cannot listen on this address: " + error.message());
  state->port = acceptor.local_endpoint().port();
  return HttpServer(std::move(state));
}

Result<void> HttpServer::serve(HttpHandlers handlers) {
  state_->handlers = std::move(handlers);
  state_->accept();
  try {
    while (state_->threads.size() < kThreads) {
      state_->threads.emplace_back([&io = state_->io] { io.run(); });
    }
  } catch (const std::system_error&) {
    return refused("host", "cannot start a thread to serve with");
  }
  return {};
}

// TODO(step 4, part A): this, TLS, and the faults of bytes and connections.
void HttpServer::refuse_for(std::chrono::milliseconds /*time*/) {}

void HttpServer::stop() noexcept { state_.reset(); }

std::uint16_t HttpServer::port() const noexcept { return state_ ? state_->port : 0; }

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
