#pragma once

// What `jwks verify --batch` answers to one line.
//
// The keys are those of the command line, read once, unless the line brings its own; the policy is
// that of the command line with the line's changes. Both are kept by their exact text, because many
// lines have the same, and reading an RSA key takes fifty times as long as using it.

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "cli/verify/batch_line.hpp"
#include "cli/verify/bounded_cache.hpp"
#include "cli/verify/judging_clock.hpp"
#include "cli/verify/verdict.hpp"
#include "cli/verify/verify_options.hpp"
#include "jwks/jwk_set.hpp"
#include "jwks/jwks_verifier.hpp"

namespace jwks::cli {

struct Answer {
  std::string id;  ///< JSON text
  Verdict verdict;
};

/// *Threading:* any number of threads may call `judge`.
class BatchJudge {
 public:
  /// Reads the keys, if they are in a file; empty after a complaint.
  [[nodiscard]] static std::unique_ptr<BatchJudge> create(const VerifyArguments& arguments);

  /// Judges a line; `number` counts from 1.
  [[nodiscard]] Answer judge(std::string_view line, std::uint64_t number) const;

 private:
  using SharedVerifier = std::shared_ptr<const JwksVerifier>;

  explicit BatchJudge(const VerifyArguments& arguments);

  [[nodiscard]] Verdict judge(const BatchLine& line) const;
  [[nodiscard]] Result<VerifiedToken> verify(const BatchLine& line, const JwkSet& keys) const;
  [[nodiscard]] ValidationOptions options_for(const BatchLine& line) const;
  [[nodiscard]] JwkSet keys_of(const BatchLine& line) const;
  [[nodiscard]] ValidationPolicy policy_for(const BatchLine& line, bool secrets) const;
  [[nodiscard]] SharedVerifier verifier_for(const BatchLine& line) const;
  /// Made when the first line needs it: with keys in every line, --issuer need not be a URL.
  [[nodiscard]] SharedVerifier network() const;
  [[nodiscard]] SharedVerifier make_network() const;

  const VerifyArguments& arguments_;
  std::shared_ptr<JudgingClock> clock_;
  std::optional<JwkSet> keys_;  ///< of a file
  mutable BoundedCache<JwkSet> key_sets_;
  mutable BoundedCache<ValidationPolicy> policies_;
  mutable BoundedCache<SharedVerifier> verifiers_;
  mutable std::mutex network_mutex_;
  mutable SharedVerifier network_;  ///< guarded by network_mutex_
};

}  // namespace jwks::cli
