// The smallest service: `minimal_service <issuer> <audience> <port>` greets whoever brings a token
// of that issuer with the scope orders:read. One connection at a time; a real one has its own
// server.

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast.hpp>
#include <cstdlib>
#include <jwks/http.hpp>
#include <jwks/jwks_verifier.hpp>

namespace http = boost::beast::http;
using boost::asio::ip::tcp;

http::response<http::string_body> answer(const jwks::JwksVerifier& verifier,
                                         std::string_view field) {
  const auto text = jwks::bearer_token(field);
  const auto token = verifier.verify(text.value_or(""));
  http::response<http::string_body> response(http::status::ok, 11);
  if (token && token->claims().has_scope("orders:read")) {
    response.body() = "hello " + std::string(token->claims().subject()) + "\n";
  } else {
    const auto error = token ? jwks::Error(jwks::ErrorCode::insufficient_scope) : token.error();
    response.result(static_cast<unsigned>(jwks::http_status(error)));  // 401, 403 or 503
    response.set(http::field::www_authenticate,
                 text ? jwks::www_authenticate(error) : jwks::www_authenticate());
  }
  response.prepare_payload();
  return response;
}

int main(int argc, char** argv) {
  if (argc != 4) return EXIT_FAILURE;
  const auto verifier =
      jwks::JwksVerifier::create({.issuer = argv[1], .audiences = {argv[2]}}).value();
  boost::asio::io_context context;
  tcp::acceptor acceptor(context,
                         tcp::endpoint(tcp::v4(), static_cast<std::uint16_t>(std::atoi(argv[3]))));
  for (;;) {
    tcp::socket socket = acceptor.accept();
    boost::beast::flat_buffer buffer;
    http::request<http::string_body> request;
    boost::system::error_code error;
    http::read(socket, buffer, request, error);
    if (!error) http::write(socket, answer(verifier, request[http::field::authorization]), error);
  }
}
