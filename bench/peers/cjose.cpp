// cjose checks the signature and hands out the payload as bytes: no claims are read.

#include <cjose/cjose.h>

#include "base/base64url.hpp"
#include "bench/failure.hpp"
#include "bench/peers/peer.hpp"
#include "crypto/openssl.hpp"

namespace bench {
namespace {

using JwkPtr = std::unique_ptr<cjose_jwk_t, jwks::crypto::Freer<&cjose_jwk_release>>;
using JwsPtr = std::unique_ptr<cjose_jws_t, jwks::crypto::Freer<&cjose_jws_release>>;

class Cjose final : public Peer {
 public:
  explicit Cjose(const Samples& samples) {
    const std::string jwk = samples.is_hmac() ? R"({"kty":"oct","k":")" +
                                                    jwks::base64url::encode(samples.secret) + "\"}"
                                              : samples.keys.keys().front().to_json();
    cjose_err error{};
    key_.reset(cjose_jwk_import(jwk.data(), jwk.size(), &error));
    require(key_ != nullptr, "cjose_jwk_import");
  }

  bool verify(const std::string& token) override {
    cjose_err error{};
    const JwsPtr jws(cjose_jws_import(token.data(), token.size(), &error));
    return jws && cjose_jws_verify(jws.get(), key_.get(), &error);
  }

 private:
  JwkPtr key_;
};

}  // namespace

std::unique_ptr<Peer> make_cjose(const Samples& samples) {
  if (samples.algorithm == jwks::Algorithm::eddsa) return nullptr;
  return std::make_unique<Cjose>(samples);
}

}  // namespace bench
