#include "bench/key_documents.hpp"

#include <array>

#include "base/base64url.hpp"
#include "bench/failure.hpp"
#include "crypto/openssl.hpp"
#include "emulator/issuer/signing_key.hpp"

namespace bench {
namespace {

using jwks::crypto::BignumPtr;
using jwks::crypto::ok;

constexpr int kPrimeBits = 1024;

BignumPtr make_prime() {
  BignumPtr prime(BN_new());
  require(prime && ok(BN_generate_prime_ex(prime.get(), kPrimeBits, 0, nullptr, nullptr, nullptr)),
          "BN_generate_prime_ex");
  return prime;
}

std::string rsa_jwk(const BIGNUM* p, const BIGNUM* q) {
  const jwks::crypto::BnCtxPtr context(BN_CTX_new());
  const BignumPtr n(BN_new());
  require(context && n && ok(BN_mul(n.get(), p, q, context.get())), "BN_mul");
  std::string bytes(2 * kPrimeBits / 8, '\0');
  require(BN_bn2bin(n.get(), reinterpret_cast<unsigned char*>(bytes.data())) ==
              static_cast<int>(bytes.size()),
          "BN_bn2bin");
  const std::string modulus = jwks::base64url::encode(bytes);
  return R"({"kty":"RSA","use":"sig","alg":"RS256","e":"AQAB","kid":")" + modulus.substr(0, 43) +
         R"(","n":")" + modulus + "\"}";
}

/// Generating a key takes 0.1 s. From m primes there are m (m − 1) / 2 moduli; that each of them
/// shares its primes with others makes them useless and no cheaper to check.
std::vector<std::string> make_rsa_jwks(std::size_t count) {
  std::vector<BignumPtr> primes;
  std::vector<std::string> jwks;
  while (jwks.size() < count) {
    primes.push_back(make_prime());
    for (std::size_t i = 0; i + 1 < primes.size() && jwks.size() < count; ++i)
      jwks.push_back(rsa_jwk(primes[i].get(), primes.back().get()));
  }
  return jwks;
}

}  // namespace

std::vector<std::string> make_jwks(KeyType type, std::size_t count) {
  if (type == KeyType::rsa) return make_rsa_jwks(count);
  const auto algorithm = type == KeyType::ec ? jwks::Algorithm::es256 : jwks::Algorithm::eddsa;
  std::vector<std::string> jwks;
  jwks.reserve(count);
  while (jwks.size() < count) {
    jwks.push_back(
        take(jwks::emulator::SigningKey::generate(algorithm), "SigningKey").public_jwk());
  }
  return jwks;
}

std::string key_set_of(std::span<const std::string> jwks) {
  std::string document = R"({"keys":[)";
  for (const std::string& jwk : jwks) {
    if (document.back() != '[') document += ',';
    document += jwk;
  }
  return document + "]}";
}

}  // namespace bench
