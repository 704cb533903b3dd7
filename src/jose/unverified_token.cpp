#include "jwks/unverified_token.hpp"

#include <optional>
#include <string>

#include "base/json.hpp"
#include "jose/compact.hpp"
#include "jose/header.hpp"

namespace jwks {
inline namespace v0 {

/// The documents point into the texts, so a State never moves.
struct UnverifiedToken::State {
  State(std::string_view header_bytes, std::string_view payload_bytes)
      : header_text(header_bytes), payload_text(payload_bytes) {}

  std::string header_text;
  std::string payload_text;
  std::optional<json::Document> header;
  std::optional<json::Document> claims;
};

namespace {

Result<void> read(std::optional<json::Document>& into, std::string_view text,
                  std::string_view segment) {
  auto parsed = json::parse_object(text);
  if (!parsed) return Error(parsed.error()).about(segment);
  into.emplace(std::move(*parsed));
  return {};
}

}  // namespace

Result<UnverifiedToken> UnverifiedToken::parse(std::string_view token) {
  jose::CompactToken compact;
  if (const auto decoded = compact.decode(token); !decoded) return decoded.error();
  if (compact.payload().empty()) {
    return Error(ErrorCode::not_three_segments).about("token").because("an empty payload");
  }
  const auto state = std::make_shared<State>(compact.header(), compact.payload());
  if (const auto header = read(state->header, state->header_text, "header"); !header) {
    return header.error();
  }
  if (const auto form = jose::check_header_form(state->header->root()); !form) return form.error();
  if (const auto claims = read(state->claims, state->payload_text, "payload"); !claims) {
    return claims.error();
  }
  return UnverifiedToken(state);
}

JsonValue UnverifiedToken::unverified_header() const& noexcept { return state_->header->root(); }
JsonValue UnverifiedToken::unverified_claims() const& noexcept { return state_->claims->root(); }

}  // namespace v0
}  // namespace jwks
