#include "jwks/http.hpp"

#include <cstddef>

#include "auth/algorithms.hpp"
#include "base/text.hpp"

namespace jwks {
inline namespace v0 {
namespace {

constexpr std::string_view kBearer = "Bearer";
constexpr std::string_view kDpop = "DPoP";

// RFC 6750 §2.1: b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
constexpr bool is_b64token_character(char c) noexcept {
  const char lower = text::to_lower(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~+/").find(c) != std::string_view::npos;
}

constexpr bool is_b64token(std::string_view text) noexcept {
  std::size_t i = 0;
  while (i < text.size() && is_b64token_character(text[i])) ++i;
  if (i == 0) return false;
  return text.find_first_not_of('=', i) == std::string_view::npos;
}

/// The credentials of RFC 6750 §2.1 and of RFC 9449 §7.1 have the same form.
std::optional<std::string_view> token_of(std::string_view authorization,
                                         std::string_view scheme) noexcept {
  const std::string_view credentials = text::trim(authorization);
  if (!text::equals_ignoring_case(credentials.substr(0, scheme.size()), scheme)) {
    return std::nullopt;
  }
  const std::string_view rest = credentials.substr(scheme.size());
  const std::size_t begin = rest.find_first_not_of(' ');
  if (begin == 0 || begin == std::string_view::npos) return std::nullopt;
  const std::string_view token = rest.substr(begin);
  if (!is_b64token(token)) return std::nullopt;
  return token;
}

// RFC 9110 §5.6.4. A realm with a line break must not become a second header field.
void append_quoted_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const bool printable = (c >= ' ' && c <= '~') || c == '\t';
    if (c == '"' || c == '\\') out += '\\';
    out += printable ? c : '?';
  }
  out += '"';
}

void append_parameter(std::string& out, std::string_view name, std::string_view value) {
  out += out.find('=') == std::string::npos ? " " : ", ";  // RFC 9110 §11.2: a list
  out += name;
  out += '=';
  append_quoted_string(out, value);
}

std::string challenge(std::string_view scheme, std::string_view realm,
                      std::string_view error_code) {
  std::string out(scheme);
  if (!realm.empty()) append_parameter(out, "realm", realm);
  if (!error_code.empty()) append_parameter(out, "error", error_code);
  return out;
}

bool concerns_dpop(const Error& error) noexcept {
  return error.reason() == ErrorReason::invalid_dpop_proof ||
         error.reason() == ErrorReason::use_dpop_nonce ||
         error.reason() == ErrorReason::dpop_binding;
}

/// Empty where no challenge would help.
std::string_view error_code(const Error& error) noexcept {
  const int status = http_status(error);
  if (status == 403) return "insufficient_scope";
  if (status != 401) return {};
  switch (error.reason()) {
    case ErrorReason::invalid_dpop_proof:
      return "invalid_dpop_proof";
    case ErrorReason::use_dpop_nonce:
      return "use_dpop_nonce";
    default:
      return "invalid_token";
  }
}

/// RFC 9449 §7.1: "algs", a space-separated list.
std::string algorithm_names(AlgorithmSet algorithms) {
  std::string out;
  auth::for_each(algorithms, [&out](Algorithm algorithm) {
    if (is_supported(algorithm)) out.append(out.empty() ? "" : " ").append(to_string(algorithm));
  });
  return out;
}

std::string dpop_challenge(std::string_view error_code, AlgorithmSet algorithms,
                           std::string_view realm) {
  std::string out = challenge(kDpop, realm, error_code);
  append_parameter(out, "algs", algorithm_names(algorithms));
  return out;
}

}  // namespace

std::optional<std::string_view> bearer_token(std::string_view authorization) noexcept {
  return token_of(authorization, kBearer);
}

std::optional<std::string_view> dpop_token(std::string_view authorization) noexcept {
  return token_of(authorization, kDpop);
}

int http_status(const Error& error) noexcept {
  if (error.code() == ErrorCode::insufficient_scope) return 403;
  switch (error.category()) {
    case ErrorCategory::malformed:
    case ErrorCategory::key:
    case ErrorCategory::signature:
    case ErrorCategory::claims:
      return 401;
    case ErrorCategory::unavailable:
      return 503;
    case ErrorCategory::configuration:
      break;
  }
  return 500;
}

std::string www_authenticate(const Error& error, std::string_view realm) {
  const std::string_view code = error_code(error);
  if (code.empty()) return {};
  return challenge(concerns_dpop(error) ? kDpop : kBearer, realm, code);
}

std::string www_authenticate(std::string_view realm) { return challenge(kBearer, realm, {}); }

std::string www_authenticate_dpop(const Error& error, AlgorithmSet proof_algorithms,
                                  std::string_view realm) {
  const std::string_view code = error_code(error);
  if (code.empty()) return {};
  return dpop_challenge(code, proof_algorithms, realm);
}

std::string www_authenticate_dpop(AlgorithmSet proof_algorithms, std::string_view realm) {
  return dpop_challenge({}, proof_algorithms, realm);
}

}  // namespace v0
}  // namespace jwks
