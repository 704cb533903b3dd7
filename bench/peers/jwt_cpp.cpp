// jwt-cpp parses the claims, checks the signature by a key that was read once, and checks issuer,
// audience and times.

#include <jwt-cpp/traits/nlohmann-json/defaults.h>

#include <system_error>
#include <utility>

#include "bench/failure.hpp"
#include "bench/peers/peer.hpp"

namespace bench {
namespace {

using jwks::Algorithm;
using Verifier = decltype(jwt::verify());

class JwtCpp final : public Peer {
 public:
  explicit JwtCpp(Verifier verifier) : verifier_(std::move(verifier)) {}

  bool verify(const std::string& token) override {
    try {
      std::error_code error;
      verifier_.verify(jwt::decode(token), error);
      return !error;
    } catch (const std::exception&) {  // what is no token at all
      return false;
    }
  }

 private:
  Verifier verifier_;
};

}  // namespace

std::unique_ptr<Peer> make_jwt_cpp(const Samples& samples) {
  auto verifier =
      jwt::verify().with_issuer(std::string(kIssuer)).with_audience(std::string(kAudience));
  const std::string pem =
      samples.is_hmac() ? "" : take(samples.keys.keys().front().to_pem(), "PEM");
  switch (samples.algorithm) {
    case Algorithm::es256:
      verifier.allow_algorithm(jwt::algorithm::es256(pem, "", "", ""));
      break;
    case Algorithm::es384:
      verifier.allow_algorithm(jwt::algorithm::es384(pem, "", "", ""));
      break;
    case Algorithm::rs256:
      verifier.allow_algorithm(jwt::algorithm::rs256(pem, "", "", ""));
      break;
    case Algorithm::ps256:
      verifier.allow_algorithm(jwt::algorithm::ps256(pem, "", "", ""));
      break;
    case Algorithm::eddsa:
      verifier.allow_algorithm(jwt::algorithm::ed25519(pem, "", "", ""));
      break;
    case Algorithm::hs256:
      verifier.allow_algorithm(jwt::algorithm::hs256(samples.secret));
      break;
    default:
      return nullptr;
  }
  return std::make_unique<JwtCpp>(std::move(verifier));
}

}  // namespace bench
