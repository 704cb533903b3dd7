// libjwt checks the signature by a key as PEM, which it reads for every token, and parses
// the claims. Version 1.10 checks none of them: issuer, audience and times are compared here.

#include <jwt.h>

#include <ctime>
#include <string_view>

#include "bench/failure.hpp"
#include "bench/peers/peer.hpp"
#include "crypto/openssl.hpp"

namespace bench {
namespace {

using JwtPtr = std::unique_ptr<jwt_t, jwks::crypto::Freer<&jwt_free>>;

class Libjwt final : public Peer {
 public:
  Libjwt(const Samples& samples, jwt_alg_t algorithm)
      : algorithm_(algorithm),
        key_(samples.is_hmac() ? samples.secret
                               : take(samples.keys.keys().front().to_pem(), "PEM")) {}

  bool verify(const std::string& token) override {
    jwt_t* decoded = nullptr;
    if (jwt_decode(&decoded, token.c_str(), reinterpret_cast<const unsigned char*>(key_.data()),
                   static_cast<int>(key_.size())) != 0) {
      return false;
    }
    const JwtPtr jwt(decoded);
    const std::time_t now = std::time(nullptr);
    return jwt_get_alg(decoded) == algorithm_ && is(decoded, "iss", kIssuer) &&
           is(decoded, "aud", kAudience) && jwt_get_grant_int(decoded, "exp") > now &&
           jwt_get_grant_int(decoded, "nbf") <= now;
  }

 private:
  static bool is(jwt_t* jwt, const char* claim, std::string_view expected) {
    const char* const value = jwt_get_grant(jwt, claim);
    return value != nullptr && value == expected;
  }

  jwt_alg_t algorithm_;
  std::string key_;
};

}  // namespace

std::unique_ptr<Peer> make_libjwt(const Samples& samples) {
  const jwt_alg_t algorithm = jwt_str_alg(std::string(to_string(samples.algorithm)).c_str());
  if (algorithm == JWT_ALG_INVAL) return nullptr;
  return std::make_unique<Libjwt>(samples, algorithm);
}

}  // namespace bench
