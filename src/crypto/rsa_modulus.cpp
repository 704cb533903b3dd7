#include "crypto/rsa_modulus.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "crypto/openssl.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {
namespace {

constexpr unsigned kLargestSmallPrime = 751;
constexpr std::size_t kSmallPrimes = 132;

/// The odd primes up to 751.
constexpr std::array<unsigned, kSmallPrimes> small_primes() {
  std::array<unsigned, kSmallPrimes> primes{};
  std::size_t count = 0;
  for (unsigned number = 3; number <= kLargestSmallPrime; number += 2) {
    const auto divides = [number](unsigned prime) { return number % prime == 0; };
    if (std::ranges::none_of(std::span(primes).first(count), divides)) primes[count++] = number;
  }
  return primes;
}
constexpr auto kPrimes = small_primes();
static_assert(kPrimes.back() == kLargestSmallPrime);

/// The faulty library made primes p = k·M + (65537^a mod M), where M, for keys of 1984 bits and
/// more, is a multiple of the product of all primes up to 701. So p, q and n are powers of 65537
/// modulo each of them; of other moduli, one in 2^167 is.
constexpr unsigned kLargestRocaPrime = 701;

bool is_power_of_65537(unsigned residue, unsigned prime) noexcept {
  const unsigned base = 65537 % prime;
  unsigned power = base;
  while (power != residue && power != 1) power = power * base % prime;
  return power == residue;
}

Error bad_modulus(std::string_view detail, ErrorReason reason = ErrorReason::bad_modulus) noexcept {
  return Error(ErrorCode::key_rejected, reason).about("n").because(detail);
}

BignumPtr to_bignum(std::string_view n) noexcept {
  return BignumPtr(BN_bin2bn(reinterpret_cast<const unsigned char*>(n.data()),
                             static_cast<int>(n.size()), nullptr));
}

}  // namespace

Result<void> check_modulus(std::string_view n) {
  const ErrorQueueGuard guard;
  const BignumPtr modulus = to_bignum(n);
  if (!modulus) return Error(ErrorCode::out_of_memory);
  bool has_roca_structure = true;
  for (const unsigned prime : kPrimes) {
    const BN_ULONG residue = BN_mod_word(modulus.get(), prime);
    if (residue >= prime) return Error(ErrorCode::out_of_memory);  // its way to report an error
    if (residue == 0) return bad_modulus("a factor below 752");
    if (has_roca_structure && prime <= kLargestRocaPrime) {
      has_roca_structure = is_power_of_65537(static_cast<unsigned>(residue), prime);
    }
  }
  if (has_roca_structure) return bad_modulus("the structure of CVE-2017-15361", ErrorReason::roca);
  return {};
}

Result<void> check_modulus_is_composite(std::string_view n) {
  const ErrorQueueGuard guard;
  const BignumPtr modulus = to_bignum(n);
  const BignumPtr exponent(modulus ? BN_dup(modulus.get()) : nullptr);
  const BignumPtr base(BN_new());
  const BignumPtr power(BN_new());
  const BnCtxPtr context(BN_CTX_new());
  // Fermat: every prime n has 2^(n−1) ≡ 1. Hardly any product of two large primes has.
  if (!exponent || !base || !power || !context || !ok(BN_set_word(base.get(), 2)) ||
      !ok(BN_sub_word(exponent.get(), 1)) ||
      !ok(BN_mod_exp(power.get(), base.get(), exponent.get(), modulus.get(), context.get()))) {
    return Error(ErrorCode::out_of_memory);
  }
  if (BN_is_one(power.get())) return bad_modulus("a prime");
  return {};
}

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
