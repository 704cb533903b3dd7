#pragma once

// A strict client of TLS: what it thinks of a certificate can be looked at, and it can go on
// nevertheless.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "crypto/openssl.hpp"

namespace test {

class TlsClient {
 public:
  /// Trusts `ca_pem` alone, and expects a certificate of `host`: a name or an address.
  TlsClient(std::uint16_t port, const std::string& ca_pem, const std::string& host = "127.0.0.1",
            int max_version = TLS1_3_VERSION)
      : context_(SSL_CTX_new(TLS_client_method())), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    trust(ca_pem);
    SSL_CTX_set_security_level(context_.get(), 0);  // or it could not offer TLS 1.1
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), max_version);
    connect(port);
    ssl_.reset(SSL_new(context_.get()));
    X509_VERIFY_PARAM* const strict = SSL_get0_param(ssl_.get());
    X509_VERIFY_PARAM_set_flags(strict, X509_V_FLAG_X509_STRICT);
    if (X509_VERIFY_PARAM_set1_ip_asc(strict, host.c_str()) != 1) {
      X509_VERIFY_PARAM_set1_host(strict, host.c_str(), host.size());
    }
    SSL_set_fd(ssl_.get(), socket_);
    is_connected_ = SSL_connect(ssl_.get()) == 1;
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  ~TlsClient() {
    ssl_.reset();
    ::close(socket_);
    ERR_clear_error();
  }

  [[nodiscard]] bool connected() const noexcept { return is_connected_; }
  /// X509_V_OK, or what is wrong with the certificate.
  [[nodiscard]] long verdict() const noexcept { return SSL_get_verify_result(ssl_.get()); }
  [[nodiscard]] int version() const noexcept { return SSL_version(ssl_.get()); }

  void send(std::string_view bytes) {
    if (SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) <= 0) {
      throw std::runtime_error("nothing could be sent");
    }
  }
  /// Everything until the other side closes, or until it holds `end`.
  std::string receive_until(std::string_view end) {
    std::string bytes;
    char buffer[4096];
    while (end.empty() || bytes.find(end) == std::string::npos) {
      const int got = SSL_read(ssl_.get(), buffer, sizeof buffer);
      if (got <= 0) {
        was_closed_in_order_ = SSL_get_error(ssl_.get(), got) == SSL_ERROR_ZERO_RETURN;
        break;
      }
      bytes.append(buffer, static_cast<std::size_t>(got));
    }
    return bytes;
  }
  /// Ended with the goodbye of TLS (RFC 8446 §6.1).
  [[nodiscard]] bool was_closed_in_order() const noexcept { return was_closed_in_order_; }

 private:
  void trust(const std::string& ca_pem) {
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_NONE, nullptr);  // the verdict is kept anyway
    const jwks::crypto::BioPtr in(BIO_new_mem_buf(ca_pem.data(), static_cast<int>(ca_pem.size())));
    const std::unique_ptr<X509, jwks::crypto::Freer<&X509_free>> authority(
        PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
    if (!authority) throw std::runtime_error("not a certificate");
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), authority.get());
  }
  void connect(std::uint16_t port) const {
    const timeval minute{.tv_sec = 60, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &minute, sizeof minute);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("no connection");
    }
  }

  std::unique_ptr<SSL_CTX, jwks::crypto::Freer<&SSL_CTX_free>> context_;
  std::unique_ptr<SSL, jwks::crypto::Freer<&SSL_free>> ssl_;
  int socket_;
  bool is_connected_ = false;
  bool was_closed_in_order_ = false;
};

}  // namespace test
