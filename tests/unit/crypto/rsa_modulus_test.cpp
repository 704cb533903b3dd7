#include "crypto/rsa_modulus.hpp"

#include <string>

#include "crypto/openssl.hpp"
#include "crypto/public_key.hpp"
#include "support/catch.hpp"
#include "support/moduli.hpp"

using jwks::ErrorReason;
using jwks::crypto::BignumPtr;
using jwks::crypto::check_modulus;
using jwks::crypto::check_modulus_is_composite;
using jwks::crypto::PublicKey;
using jwks::crypto::Scrutiny;

namespace {

std::string bytes_of(const BIGNUM* number) {
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  return bytes;
}

BignumPtr prime_of(int bits) {
  BignumPtr prime(BN_new());
  REQUIRE(BN_generate_prime_ex(prime.get(), bits, 0, nullptr, nullptr, nullptr) == 1);
  return prime;
}

std::string times(const BIGNUM* a, const BIGNUM* b) {
  const BignumPtr product(BN_new());
  const jwks::crypto::BnCtxPtr context(BN_CTX_new());
  REQUIRE(BN_mul(product.get(), a, b, context.get()) == 1);
  return bytes_of(product.get());
}

ErrorReason reason(const jwks::Result<void>& result) {
  return result ? ErrorReason::none : result.error().reason();
}

/// k·M + (65537^exponent mod M) with M the product of the primes up to 701, as CVE-2017-15361 makes
/// the factors of 2048-bit keys. That the factors are primes does not matter to its detection.
BignumPtr roca_factor(unsigned k, unsigned exponent) {
  const jwks::crypto::BnCtxPtr context(BN_CTX_new());
  BignumPtr m(BN_new());
  BN_one(m.get());
  for (unsigned number = 2; number <= 701; ++number) {
    bool is_prime = true;
    for (unsigned divisor = 2; divisor * divisor <= number; ++divisor) {
      is_prime = is_prime && number % divisor != 0;
    }
    if (is_prime) REQUIRE(BN_mul_word(m.get(), number) == 1);
  }
  const BignumPtr base(BN_new());
  const BignumPtr power(BN_new());
  BignumPtr factor(BN_new());
  BN_set_word(base.get(), 65537);
  BN_set_word(power.get(), exponent);
  REQUIRE(BN_mod_exp(factor.get(), base.get(), power.get(), m.get(), context.get()) == 1);
  REQUIRE(BN_mul_word(m.get(), k) == 1);
  REQUIRE(BN_add(factor.get(), factor.get(), m.get()) == 1);
  return factor;
}

}  // namespace

TEST_CASE("a product of two large primes is a modulus") {
  const BignumPtr p = prime_of(512);
  const BignumPtr q = prime_of(512);
  CHECK(check_modulus(times(p.get(), q.get())).has_value());
  CHECK(check_modulus_is_composite(times(p.get(), q.get())).has_value());
}

TEST_CASE("a modulus with a factor below 752 is refused", "[attack-158]") {
  const BignumPtr p = prime_of(512);
  for (const unsigned small : {3U, 5U, 7U, 701U, 709U, 751U}) {
    const BignumPtr factor(BN_new());
    BN_set_word(factor.get(), small);
    CAPTURE(small);
    CHECK(reason(check_modulus(times(p.get(), factor.get()))) == ErrorReason::bad_modulus);
  }
  const BignumPtr next(BN_new());
  BN_set_word(next.get(), 757);
  CHECK(check_modulus(times(p.get(), next.get())).has_value());
}

TEST_CASE("a modulus that is a prime is refused", "[attack-158]") {
  const BignumPtr p = prime_of(1024);
  CHECK(check_modulus(bytes_of(p.get())).has_value());
  CHECK(reason(check_modulus_is_composite(bytes_of(p.get()))) == ErrorReason::bad_modulus);
}

TEST_CASE("only an issuer's key is asked whether its modulus is a prime", "[attack-158]") {
  const BignumPtr p = prime_of(2048);
  const std::string e("\x01\x00\x01", 3);
  const auto published = PublicKey::rsa(bytes_of(p.get()), e);
  REQUIRE_FALSE(published);
  CHECK(published.error().reason() == ErrorReason::bad_modulus);
  CHECK(PublicKey::rsa(bytes_of(p.get()), e, Scrutiny::presented).has_value());
  CHECK_FALSE(PublicKey::rsa(test::number(2048, 2), e, Scrutiny::presented));
}

TEST_CASE("a modulus of the structure of CVE-2017-15361 is refused", "[attack-160]") {
  const BignumPtr p = roca_factor(0x2f31, 12345);
  const BignumPtr q = roca_factor(0x1a2b, 987654);
  const std::string n = times(p.get(), q.get());
  CHECK(reason(check_modulus(n)) == ErrorReason::roca);
  const auto key = PublicKey::rsa(n, std::string("\x01\x00\x01", 3));
  REQUIRE_FALSE(key);
  // One factor of that structure is none: the fingerprint is that of the product.
  CHECK(check_modulus(times(p.get(), prime_of(1024).get())).has_value());
}
