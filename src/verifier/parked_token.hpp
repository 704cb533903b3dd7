#pragma once

// A token that has to wait for its key: what `verify_async` needs of its arguments after the
// return.

#include <string>
#include <string_view>
#include <vector>

#include "jwks/jwks_verifier.hpp"
#include "source/key_set_machine.hpp"

namespace jwks {
inline namespace v0 {
namespace verifier {

/// A token that the keys at hand did not settle.
struct Question {
  source::Inquiry inquiry{};
  Error first{ErrorCode::unknown_key};  ///< what they say about it
  bool had_keys = false;                ///< a first load is no rotation

  /// Its key is known and its signature is bad: only another key of the same kid helps.
  [[nodiscard]] bool distrusts() const noexcept { return inquiry.distrusted != 0; }
};

/// Copies of a token and of its presentation, which are views. Its own views stay where they are.
class ParkedToken {
 public:
  ParkedToken(std::string_view text, const Presentation& presentation, Question asked)
      : question(std::move(asked)), token_(text), thumbprint_(presentation.certificate_thumbprint) {
    presentation_.certificate_thumbprint = thumbprint_;
    if (presentation.dpop) copy(*presentation.dpop);
  }
  ParkedToken(const ParkedToken&) = delete;
  ParkedToken& operator=(const ParkedToken&) = delete;

  [[nodiscard]] std::string_view token() const noexcept { return token_; }
  [[nodiscard]] const Presentation& presentation() const noexcept { return presentation_; }

  const Question question;
  VerifyCallback callback{};

 private:
  void copy(const DpopRequest& request) {
    proofs_.assign(request.proofs.begin(), request.proofs.end());
    method_ = request.method;
    url_ = request.url;
    DpopRequest& copied = presentation_.dpop.emplace();
    copied.proofs.assign(proofs_.begin(), proofs_.end());
    copied.method = method_;
    copied.url = url_;
    if (request.nonce) {
      nonce_ = *request.nonce;
      copied.nonce = nonce_;
    }
  }

  const std::string token_;
  const std::string thumbprint_;
  std::vector<std::string> proofs_{};
  std::string method_{};
  std::string url_{};
  std::string nonce_{};
  Presentation presentation_{};
};

}  // namespace verifier
}  // namespace v0
}  // namespace jwks
