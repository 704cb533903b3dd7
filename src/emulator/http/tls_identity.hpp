#pragma once

// `TlsIdentity`: what an emulator with TLS shows to its clients. A certificate authority that lives
// as long as the process, a server certificate of it, and three bad ones for the faults of TLS.
//
// Everything is made at start, on elliptic curves, in a few milliseconds. The keys protect nothing
// and are never written anywhere. Certificates are valid by the real clock, because clients ask
// that one. They hold what strict clients demand (RFC 5280 §4.2): key identifiers, basic
// constraints and key usage; the name is in subjectAltName alone, where everyone looks for it.
//
// Threading: immutable.

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include "crypto/openssl.hpp"
#include "emulator/http/wire_fault.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

using SslCtxPtr = std::unique_ptr<SSL_CTX, crypto::Freer<&SSL_CTX_free>>;

class TlsIdentity {
 public:
  /// The server certificate is for localhost, 127.0.0.1, ::1 and `names`: DNS names or addresses,
  /// without brackets. *Failure:* `bad_config` about "tls".
  [[nodiscard]] static Result<TlsIdentity> create(const std::vector<std::string>& names);

  /// The certificate of the authority.
  [[nodiscard]] const std::string& ca_pem() const noexcept { return ca_pem_; }
  /// Serves with the certificate that the fault asks for, and with the good one without such.
  /// TLS 1.2 and newer.
  [[nodiscard]] SSL_CTX* context(ConnectionFault fault) const noexcept;

 private:
  TlsIdentity() = default;

  std::string ca_pem_;
  SslCtxPtr good_;
  SslCtxPtr expired_;
  SslCtxPtr wrong_host_;
  SslCtxPtr self_signed_;
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
