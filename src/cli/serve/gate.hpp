#pragma once

// `Gate`: answers one question of a proxy, "may this request pass, and who is it?", from the
// request's token. What it says to those who may not is what `jwks/http.hpp` allows a stranger to
// know; why is in the audit log.
//
// Threading: `answer` may be called from any thread, until `close`.

#include <memory>
#include <string>

#include "cli/serve/exchange.hpp"
#include "cli/serve/route.hpp"
#include "jwks/audit.hpp"
#include "jwks/authenticator.hpp"
#include "jwks/principal.hpp"
#include "jwks/result.hpp"

namespace jwks::cli {

struct GateOptions {
  std::string realm{};             ///< of challenges; may be empty
  std::string ext_authz_prefix{};  ///< empty: no such endpoint
  /// Told of every request that has an Authorization field, or is let in without one; once, when it
  /// is decided. May be null.
  std::shared_ptr<Auditor> auditor{};
};

class Gate {
 public:
  Gate(AuthenticatorPtr authenticator, PrincipalMapper mapper, GateOptions options);
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  ~Gate() = default;

  /// *Blocking:* never. Where keys have to be waited for, `done` is called later.
  void answer(const ProxyRequest& request, AnswerCallback done) const;

  /// Lets go of the authenticator: what waits is answered soon, by other threads. Nothing more may
  /// be asked, and the gate must be there until all answers are.
  void close() noexcept { authenticator_.reset(); }

  /// Health and metrics, for those who run it: on a port that no client's request gets to.
  [[nodiscard]] ProxyAnswer report(const ProxyRequest& request) const;

 private:
  void check(const ProxyRequest& request, Requirements requirements, AnswerCallback done) const;
  /// The caller, if it may pass.
  [[nodiscard]] Result<Principal> judge(Result<Principal>&& caller,
                                        const Requirements& requirements) const;
  void record(const Result<Principal>& outcome) const noexcept;
  [[nodiscard]] Result<void> allows(const Principal& principal,
                                    const Requirements& requirements) const;
  [[nodiscard]] ProxyAnswer refuse(const Error& error) const;
  [[nodiscard]] ProxyAnswer ask_for_token() const;

  AuthenticatorPtr authenticator_;
  std::string mode_;
  PrincipalMapper mapper_;
  GateOptions options_;
};

}  // namespace jwks::cli
