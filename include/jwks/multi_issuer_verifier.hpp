#pragma once

// `MultiIssuerVerifier`: tokens of several issuers behind one object.
//
// The token's "iss", unverified, only chooses whose rules it is held to: an exact, byte-for-byte
// look-up in the list of issuers. The chosen issuer's verifier then checks everything, "iss"
// included. A token of any other issuer is `wrong_issuer` and costs neither network nor memory.
//
// Issuers share nothing: each has its own keys, cache, limits, back-off, policy and counters; what
// happens to one (an outage, a flood of random kids) is no matter of another. They can be added and
// removed at any time; a thousand are fine.
//
// Threading: every member is const and may be called from any thread; verifications go on while
// issuers come and go. Removing an issuer closes its verifier: callers that wait for its keys get
// `keys_unavailable{closed}`. Everything else is as in jwks_verifier.hpp.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "jwks/export.hpp"
#include "jwks/jwks_verifier.hpp"
#include "jwks/presentation.hpp"
#include "jwks/result.hpp"
#include "jwks/stats.hpp"
#include "jwks/verified_token.hpp"

namespace jwks {
inline namespace v0 {

class JWKS_API MultiIssuerVerifier {
 public:
  /// Makes one verifier per entry; none is an empty list that refuses every token. Never waits for
  /// an issuer. *Failure:* `bad_config`, with `issuers[3].cache.min_ttl`, say, as its subject: the
  /// first entry that is wrong, or that names an issuer twice.
  [[nodiscard]] static Result<MultiIssuerVerifier> create(std::vector<VerifierOptions> issuers);

  MultiIssuerVerifier(MultiIssuerVerifier&&) noexcept;
  MultiIssuerVerifier& operator=(MultiIssuerVerifier&&) noexcept;
  ~MultiIssuerVerifier();

  /// See JwksVerifier. Also `wrong_issuer`, `missing_claim` and `invalid_claim` for "iss".
  [[nodiscard]] Result<VerifiedToken> verify(std::string_view token,
                                             const Presentation& presentation = {}) const noexcept;
  [[nodiscard]] Result<VerifiedToken> verify_cached(
      std::string_view token, const Presentation& presentation = {}) const noexcept;
  void verify_async(std::string_view token, VerifyCallback callback,
                    const Presentation& presentation = {}) const noexcept;

  /// Adds an issuer; never waits for it. *Failure:* `bad_config`, also if it is there already;
  /// `keys_unavailable{closed}` after `close`; `out_of_memory`.
  [[nodiscard]] Result<void> add(VerifierOptions options) const;
  /// Removes an issuer: from the return on its tokens are `wrong_issuer`, but for those that are
  /// being verified. Returns whether it was there. *Failure:* may throw std::bad_alloc; then
  /// nothing has changed. So may the other functions that return lists.
  bool remove(std::string_view issuer) const;
  /// The issuers, sorted.
  [[nodiscard]] std::vector<std::string> issuers() const;
  /// The verifier of one issuer, for `health`, `refresh` and the like; null if there is none. It
  /// stays usable, but closed, after `remove`.
  [[nodiscard]] std::shared_ptr<const JwksVerifier> verifier_of(std::string_view issuer) const;

  /// Waits until every issuer's keys are held, at most `deadline` in all. They load at the same
  /// time, those without `background_refresh` one after the other. *Failure:* the first issuer's
  /// that has none, with the issuer as its subject.
  [[nodiscard]] Result<void> warm_up(std::chrono::milliseconds deadline,
                                     WarmUp mode = WarmUp::keep_trying) const noexcept;
  /// What was refused before any issuer's verifier was asked: tokens that name no issuer or one
  /// that is not in the list, and those that can't be read so far. Only the results are filled in.
  [[nodiscard]] Stats unrouted() const;
  /// For `open_metrics`: first `unrouted`, as an entry without an issuer; then one entry per
  /// issuer, sorted. Together they hold every answer, but for those of issuers that were removed
  /// since.
  [[nodiscard]] std::vector<SourceMetrics> metrics() const;

  /// Closes every verifier. Later `add`s are refused. Idempotent.
  void close() const noexcept;

 private:
  struct State;
  explicit MultiIssuerVerifier(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace v0
}  // namespace jwks
