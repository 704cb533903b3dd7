// A service with Boost.Beast on one thread: `beast_service <issuer> <audience> <port>` greets who
// brings a token of that issuer with the scope orders:read.
//
// Nothing here waits: where a key has to be fetched first, the library calls back, and the other
// connections are served meanwhile.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <jwks/authenticator.hpp>
#include <jwks/http.hpp>

#include <chrono>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

/// One connection: request, token, answer, again and again.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const jwks::Authenticator& authenticator)
      : stream_(std::move(socket)), authenticator_(authenticator) {}

  void read() {
    request_ = {};
    stream_.expires_after(std::chrono::seconds(30));
    http::async_read(stream_, buffer_, request_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) {
                       if (!error) self->authenticate();
                     });
  }

 private:
  void authenticate() {
    const auto field = request_[http::field::authorization];
    const auto token = jwks::bearer_token({field.data(), field.size()});
    if (!token || request_.count(http::field::authorization) != 1) return ask_for_token();
    stream_.expires_never();
    // The answer may come at once, or later by a thread of the library: back to our own then.
    authenticator_.authenticate_async(
        *token, [self = shared_from_this()](jwks::Result<jwks::Principal> principal) {
          asio::post(self->stream_.get_executor(), [self, principal = std::move(principal)] {
            if (!principal) return self->refuse(principal.error());
            self->serve(*principal);
          });
        });
  }

  void serve(const jwks::Principal& caller) {
    if (const auto may = jwks::require_scope(caller, "orders:read"); !may) {
      return refuse(may.error());
    }
    begin(200);
    response_.set(http::field::content_type, "text/plain");
    response_.body() = "hello " + caller.user_id + '\n';
    write();
  }

  void ask_for_token() {
    begin(401);
    response_.set(http::field::www_authenticate, jwks::www_authenticate("orders"));
    write();
  }

  void refuse(const jwks::Error& error) {
    begin(jwks::http_status(error));
    const std::string challenge = jwks::www_authenticate(error, "orders");
    if (!challenge.empty()) response_.set(http::field::www_authenticate, challenge);
    if (response_.result() == http::status::service_unavailable) {
      const auto delay = error.retry_after().value_or(std::chrono::seconds(5));
      response_.set(http::field::retry_after, std::to_string(delay.count()));
    }
    std::cerr << "refused: " << error.message() << '\n';  // for us; the client learns no more
    write();
  }

  void begin(int status) {
    response_ = {};
    response_.result(static_cast<unsigned>(status));
    response_.version(request_.version());
    response_.keep_alive(request_.keep_alive());
  }

  void write() {
    response_.prepare_payload();
    stream_.expires_after(std::chrono::seconds(30));
    http::async_write(stream_, response_,
                      [self = shared_from_this()](beast::error_code error, std::size_t) {
                        if (!error && self->response_.keep_alive()) self->read();
                      });
  }

  beast::tcp_stream stream_;
  const jwks::Authenticator& authenticator_;
  beast::flat_buffer buffer_{};
  http::request<http::string_body> request_{};
  http::response<http::string_body> response_{};
};

void accept(tcp::acceptor& acceptor, const jwks::Authenticator& authenticator) {
  acceptor.async_accept([&](beast::error_code error, tcp::socket socket) {
    if (!error) std::make_shared<Session>(std::move(socket), authenticator)->read();
    accept(acceptor, authenticator);
  });
}

int run(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto authenticator = jwks::make_jwks_authenticator(
      {.issuer = argv[1], .audiences = {argv[2]}, .http = {.allow_loopback_http = true}});
  if (!authenticator) {
    std::cerr << authenticator.error().message() << '\n';
    return 2;
  }
  asio::io_context io(1);
  const auto port = static_cast<unsigned short>(std::stoi(argv[3]));
  tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), port));
  accept(acceptor, **authenticator);
  io.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
