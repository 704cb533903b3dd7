// The smallest service: `minimal_service <issuer> <audience> <port>` greets whoever brings a token
// of that issuer with the scope orders:read. One connection at a time; a real one has its own
// server.

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast.hpp>
#include <iostream>
#include <jwks/http.hpp>
#include <jwks/jwks_verifier.hpp>

namespace http = boost::beast::http;
using boost::asio::ip::tcp;

namespace {
http::response<http::string_body> answer(const jwks::JwksVerifier& verifier,
                                         const std::string& field) {
  http::response<http::string_body> response(http::status::ok, 11);
  const auto token = verifier.verify(jwks::bearer_token(field).value_or(""));
  if (token && token->claims().has_scope("orders:read")) {
    response.body() = "hello " + std::string(token->claims().subject()) + "\n";
  } else {
    const auto error = token ? jwks::Error(jwks::ErrorCode::insufficient_scope) : token.error();
    response.result(static_cast<unsigned>(jwks::http_status(error)));  // 401, 403 or 503
    const auto challenge = field.empty() ? jwks::www_authenticate() : jwks::www_authenticate(error);
    if (!challenge.empty()) response.set(http::field::www_authenticate, challenge);
  }
  response.prepare_payload();
  return response;
}
}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) return 2;
  const auto verifier =
      jwks::JwksVerifier::create(
          {.issuer = argv[1], .audiences = {argv[2]}, .http = {.allow_loopback_http = true}})
          .value();
  boost::asio::io_context context;
  tcp::acceptor acceptor(context, {tcp::v4(), static_cast<std::uint16_t>(std::stoi(argv[3]))});
  for (boost::system::error_code error;;) {
    tcp::socket socket = acceptor.accept();
    boost::beast::flat_buffer buffer;
    http::request<http::string_body> request;
    http::read(socket, buffer, request, error);
    const std::string field(request[http::field::authorization]);
    if (!error) http::write(socket, answer(verifier, field), error);
  }
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
