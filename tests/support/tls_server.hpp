#pragma once

// An HTTPS server for one canned response, with a certificate and a range of TLS versions of a
// test's choice.

#include <openssl/ssl.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "support/certificates.hpp"
#include "support/loopback_server.hpp"

namespace test {

struct TlsOptions {
  int min_version = TLS1_2_VERSION;
  int max_version = TLS1_3_VERSION;
  /// Asks for a certificate of this authority, and demands one.
  const Identity* client_authority = nullptr;
};

class TlsServer {
 public:
  TlsServer(const Identity& identity, std::string reply, const TlsOptions& options = {},
            int family = AF_INET)
      : reply_(std::move(reply)),
        context_(context_of(identity, options)),
        server_([this](int socket) { serve(socket); }, family) {}

  [[nodiscard]] std::string url(std::string_view host = "127.0.0.1") const {
    return server_.url("https", host);
  }
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  [[nodiscard]] int connections() const { return server_.connections(); }
  /// Requests that were answered.
  [[nodiscard]] int answers() const { return answers_; }
  /// The version of the last connection that was good.
  [[nodiscard]] int version() const { return version_; }

 private:
  using Context = std::unique_ptr<SSL_CTX, jwks::crypto::Freer<&SSL_CTX_free>>;
  using Ssl = std::unique_ptr<SSL, jwks::crypto::Freer<&SSL_free>>;

  static Context context_of(const Identity& identity, const TlsOptions& options) {
    Context context(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_set_security_level(context.get(), 0);  // or it could not speak TLS 1.0
    if (SSL_CTX_set_min_proto_version(context.get(), options.min_version) != 1 ||
        SSL_CTX_set_max_proto_version(context.get(), options.max_version) != 1 ||
        SSL_CTX_use_certificate(context.get(), identity.certificate.get()) != 1 ||
        SSL_CTX_use_PrivateKey(context.get(), identity.key.get()) != 1)
      throw std::runtime_error("no TLS context");
    if (options.client_authority != nullptr) {
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()),
                          options.client_authority->certificate.get());
      SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    return context;
  }

  void serve(int socket) {
    // OpenSSL writes to clients that have gone. For this thread alone, because what is tested here
    // must not rely on it.
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    const Ssl ssl(SSL_new(context_.get()));
    SSL_set_fd(ssl.get(), socket);
    if (SSL_accept(ssl.get()) != 1) {
      // The client is to read the alert, and no reset that overtakes it.
      shutdown(socket, SHUT_WR);
      char rest[4096];
      while (recv(socket, rest, sizeof rest, 0) > 0) {
      }
      return;
    }
    for (;;) {
      std::string request;
      char buffer[4096];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const int got = SSL_read(ssl.get(), buffer, sizeof buffer);
        if (got <= 0) return;
        request.append(buffer, static_cast<std::size_t>(got));
      }
      version_ = SSL_version(ssl.get());
      ++answers_;
      if (SSL_write(ssl.get(), reply_.data(), static_cast<int>(reply_.size())) <= 0) return;
    }
  }

  std::string reply_;
  Context context_;
  std::atomic<int> answers_ = 0;
  std::atomic<int> version_ = 0;
  LoopbackServer server_;  // last: its threads use the rest
};

}  // namespace test
