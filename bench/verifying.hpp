#pragma once

// The accepted token: each way to verify it over one bare signature check.

#include <deque>
#include <string>
#include <vector>

#include "bench/crew.hpp"
#include "bench/floor.hpp"
#include "bench/samples.hpp"
#include "bench/table.hpp"
#include "jwks/jwks_verifier.hpp"

namespace bench {

/// One algorithm with all that verifies it. The benchmarks keep references to it.
class Subject {
 public:
  /// With a floor for each of `threads`.
  Subject(jwks::Algorithm algorithm, unsigned threads);

  [[nodiscard]] const Samples& samples() const noexcept { return samples_; }
  [[nodiscard]] std::string name() const { return std::string(to_string(samples_.algorithm)); }

  // Each judges the token with this number, see Samples::token.
  [[nodiscard]] bool floor(unsigned thread, int number) const noexcept {
    return floors_[thread].verify(number);
  }
  [[nodiscard]] bool core(int number) const noexcept;
  [[nodiscard]] bool verifier(int number) const noexcept;
  [[nodiscard]] bool verifier_cached(int number) const noexcept;
  /// By a verifier with a token cache, which has seen the token. *Precondition:* not HMAC.
  [[nodiscard]] bool cache_hit(int number) const noexcept;

  /// Ends the program if more than a few of those hits were none.
  void require_hits() const;

 private:
  Samples samples_;
  std::vector<Floor> floors_;
  jwks::JwksVerifier verifier_;
  jwks::JwksVerifier caching_;
};

/// `verify/…`, `JwksVerifier::verify/…`, `JwksVerifier::verify_cached/…`, `token cache hit/…`, by
/// one thread and by two.
void register_verifying(Table& table, Crew& crew, const std::deque<Subject>& subjects);

}  // namespace bench
