// ID tokens and logout tokens of one provider: two policies over one set of keys.

#include "jwks/relying_party.hpp"

#include <new>
#include <string>
#include <utility>
#include <vector>

namespace jwks {
inline namespace v0 {

struct RelyingParty::State {
  std::string client_id;
  std::vector<std::string> trusted_audiences;
  std::vector<std::string> authorized_parties;
  std::shared_ptr<Clock> clock;
  JwksVerifier id_tokens;
  JwksVerifier logout_tokens;
};

namespace {

Error bad(std::string_view option, std::string_view why) noexcept {
  return Error(ErrorCode::bad_config).about(option).because(why);
}

/// One place per option: what RelyingParty decides is not to be said elsewhere.
Result<void> check_options(const RelyingPartyOptions& options) noexcept {
  constexpr std::string_view kDecided = "it must be as it is by default";
  const VerifierOptions& verifier = options.verifier;
  const ValidationOptions& validation = verifier.validation;
  if (options.issuer.empty()) return bad("issuer", "it is required");
  if (options.client_id.empty()) return bad("client_id", "it is required");
  if (!verifier.issuer.empty()) return bad("verifier.issuer", kDecided);
  if (!verifier.audiences.empty()) return bad("verifier.audiences", kDecided);
  if (!validation.issuer.empty()) return bad("verifier.validation.issuer", kDecided);
  if (!validation.audiences.empty()) return bad("verifier.validation.audiences", kDecided);
  if (validation.allow_any_issuer) return bad("verifier.validation.allow_any_issuer", kDecided);
  if (validation.allow_any_audience) return bad("verifier.validation.allow_any_audience", kDecided);
  if (validation.profile != TokenProfile::jwt) return bad("verifier.validation.profile", kDecided);
  return {};
}

/// An option of the verifier is an option of `RelyingPartyOptions::verifier` here.
Error in_verifier(const Error& error) {
  const std::string_view option = error.subject();
  if (option.empty() || option == "issuer") return error;
  return Error(error).about("verifier." + std::string(option));
}

VerifierOptions for_id_tokens(const RelyingPartyOptions& options,
                              const std::shared_ptr<Clock>& clock) {
  VerifierOptions verifier = options.verifier;
  verifier.issuer = options.issuer;
  verifier.audiences = {options.client_id};
  verifier.validation.profile = TokenProfile::id_token;
  verifier.clock = clock;
  return verifier;
}

/// What else is asked of ID tokens, such as further claims, is no matter of a logout token.
ValidationOptions for_logout_tokens(const RelyingPartyOptions& options,
                                    std::shared_ptr<ReplayCache> replay_cache) {
  const ValidationOptions& given = options.verifier.validation;
  return {.audiences = {options.client_id},
          .algorithms = given.algorithms,
          .profile = TokenProfile::logout_token,
          .key_selection = given.key_selection,
          .clock_skew = given.clock_skew,
          .replay_cache = std::move(replay_cache)};
}

void append(std::vector<std::string_view>& views, const std::vector<std::string>& texts) {
  views.insert(views.end(), texts.begin(), texts.end());
}

LogoutRequest request_of(const VerifiedToken& token) {
  const Claims claims = token.claims();
  return {.subject = std::string(claims.subject()),
          .session_id = std::string(claims.string("sid").value_or("")),
          .token_id = std::string(claims.token_id())};
}

}  // namespace

Result<RelyingParty> RelyingParty::create(RelyingPartyOptions options) {
  try {
    if (const auto good = check_options(options); !good) return good.error();
    auto clock = options.verifier.clock ? options.verifier.clock : Clock::system();
    auto replay_cache = options.logout_replay_cache;
    if (!replay_cache) {
      auto made = make_memory_replay_cache();
      if (!made) return made.error();
      replay_cache = std::move(made).value();
    }
    auto id_tokens = JwksVerifier::create(for_id_tokens(options, clock));
    if (!id_tokens) return in_verifier(id_tokens.error());
    auto logout_tokens =
        id_tokens->sharing_keys(for_logout_tokens(options, std::move(replay_cache)));
    if (!logout_tokens) return in_verifier(logout_tokens.error());
    return RelyingParty(std::make_unique<State>(
        State{.client_id = std::move(options.client_id),
              .trusted_audiences = std::move(options.trusted_audiences),
              .authorized_parties = std::move(options.verifier.validation.authorized_parties),
              .clock = std::move(clock),
              .id_tokens = std::move(id_tokens).value(),
              .logout_tokens = std::move(logout_tokens).value()}));
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  }
}

RelyingParty::RelyingParty(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
RelyingParty::RelyingParty(RelyingParty&&) noexcept = default;
RelyingParty& RelyingParty::operator=(RelyingParty&&) noexcept = default;
RelyingParty::~RelyingParty() = default;

const JwksVerifier& RelyingParty::verifier() const noexcept { return state_->id_tokens; }

Result<VerifiedToken> RelyingParty::verify_id_token(std::string_view id_token,
                                                    const IdTokenPolicy& policy) const noexcept {
  if (!policy.client_id.empty() && policy.client_id != state_->client_id)
    return bad("client_id", "it contradicts the relying party's");
  auto token = state_->id_tokens.verify(id_token);
  if (!token) return token;
  try {
    IdTokenPolicy applied = policy;
    append(applied.trusted_audiences, state_->trusted_audiences);
    if (policy.client_id.empty()) append(applied.authorized_parties, state_->authorized_parties);
    applied.client_id = state_->client_id;
    const auto valid = validate_id_token(*token, applied, state_->clock->wall_now());
    if (valid) return token;
    return Error(valid.error()).for_key(token->key_id()).with_algorithm(token->algorithm());
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  }
}

Result<LogoutRequest> RelyingParty::verify_logout_token(
    std::string_view logout_token) const noexcept {
  const auto token = state_->logout_tokens.verify(logout_token);
  if (!token) return token.error();
  try {
    return request_of(*token);
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  }
}

}  // namespace v0
}  // namespace jwks
