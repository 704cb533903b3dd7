// Fast ways and plain ways must come to the same outcome. The first byte of an input says what is
// compared:
//
//   j  JSON: the reader of the library and the reference implementation of the tests
//   l  the same with other limits: two bytes for depth and members, then the text
//   b  base64url: likewise, decoded and encoded
//   t  a good token of the key that the next byte names, with edits of three bytes each (two for
//   the
//      place, one for what becomes of the character there)
//   p  the same with the rest as its payload, signed again
//   h  the same with the rest as its header, signed again
//
// Tokens are verified with a key set that has seen nothing yet, and with one that has accepted
// tokens of all its keys, and remembers what it may of them: that must never show.

#include <string>
#include <vector>

#include "base/base64url.hpp"
#include "fuzz/fuzz.hpp"
#include "support/reference_base64url.hpp"
#include "support/reference_json.hpp"
#include "support/tokens.hpp"

namespace {

using jwks::Algorithm;
using jwks::emulator::TokenBuilder;

void compare_json(std::string_view text, jwks::json::Limits limits) {
  fuzz::require(test::json_outcome(text, limits) == test::ReferenceJson::outcome(text, limits),
                "JSON has one outcome");
}

void compare_base64url(std::string_view text) {
  const auto expected = test::reference_base64url_decode(text);
  // No longer than it must be, so that a byte too many is seen.
  std::vector<char> bytes(jwks::base64url::decoded_size(text.size()));
  const bool decoded = jwks::base64url::decode_into(text, bytes.data());
  fuzz::require(decoded == expected.has_value(), "base64url is accepted by both or none");
  fuzz::require(!decoded || std::string_view(bytes.data(), bytes.size()) == *expected,
                "base64url means the same bytes");
  const std::string encoded = jwks::base64url::encode(text);
  fuzz::require(encoded == test::reference_base64url_encode(text), "bytes are encoded in one way");
  fuzz::require(jwks::base64url::decode(encoded) == text, "what is encoded is decoded again");
}

/// Everything that can be told of a verification.
std::string outcome(std::string_view token, const jwks::JwkSet& keys,
                    const jwks::ValidationPolicy& policy) {
  const auto verified = jwks::verify(token, keys, policy, test::kNow);
  if (!verified) {
    const jwks::Error& error = verified.error();
    const std::string algorithm(error.algorithm() ? to_string(*error.algorithm()) : "none");
    return error.message() + " kid " + std::string(error.key_id()) + " alg " + algorithm;
  }
  std::string out(to_string(verified->algorithm()));
  out.append(" ").append(verified->key_id()).append(" ").append(verified->key_thumbprint());
  test::dump(verified->claims().root(), out);
  return out;
}

class Tokens {
 public:
  Tokens() {
    for (const TokenBuilder& each : builders_) good_.push_back(each.build().value());
    for (const std::string& token : good_) {
      fuzz::require(jwks::verify(token, warm_, policy_, test::kNow).has_value() ||
                        jwks::verify(token, warm_secret_, secret_policy_, test::kNow).has_value(),
                    "a good token is accepted");
    }
  }

  /// The builder of a good token, and the token that comes of it.
  [[nodiscard]] TokenBuilder builder(std::uint8_t which) const {
    return builders_[which % builders_.size()];
  }
  [[nodiscard]] const std::string& good(std::uint8_t which) const {
    return good_[which % good_.size()];
  }

  void compare(std::string_view token) const {
    const auto cold = jwks::JwkSet::parse(document_).value();
    compare(token, cold, warm_, policy_);
    const auto cold_secret =
        jwks::JwkSet::from_secret(kSecret, Algorithm::hs256, kSecretId).value();
    compare(token, cold_secret, warm_secret_, secret_policy_);
  }

 private:
  static constexpr const char* kSecret = "a secret of thirty-two bytes....";
  static constexpr const char* kSecretId = "secret-0";

  static void compare(std::string_view token, const jwks::JwkSet& cold, const jwks::JwkSet& warm,
                      const jwks::ValidationPolicy& policy) {
    const std::string expected = outcome(token, cold, policy);
    fuzz::require(outcome(token, warm, policy) == expected, "a warm key set judges as a cold one");
    fuzz::require(outcome(token, cold, policy) == expected, "a judgement is repeated");
    fuzz::require(outcome(token, warm, policy) == expected, "a warm judgement is repeated");
  }

  static std::vector<TokenBuilder> make_builders() {
    std::vector<TokenBuilder> all;
    for (const Algorithm each : {Algorithm::es256, Algorithm::es384, Algorithm::eddsa,
                                 Algorithm::rs256, Algorithm::ps256, Algorithm::es512}) {
      all.push_back(test::token(test::key(each)));
    }
    all.push_back(test::token(test::es256())
                      .header("kid", test::json_quoted(kSecretId))
                      .sign_hmac(256, kSecret));
    return all;
  }

  std::vector<TokenBuilder> builders_ = make_builders();
  std::vector<std::string> good_;
  std::string document_ = test::jwks_document(
      {test::es256().public_jwk(), test::key(Algorithm::es384).public_jwk(),
       test::key(Algorithm::eddsa).public_jwk(), test::key(Algorithm::rs256).public_jwk(),
       test::key(Algorithm::ps256).public_jwk(), test::key(Algorithm::es512).public_jwk()});
  jwks::JwkSet warm_ = jwks::JwkSet::parse(document_).value();
  jwks::JwkSet warm_secret_ =
      jwks::JwkSet::from_secret(kSecret, Algorithm::hs256, kSecretId).value();
  jwks::ValidationPolicy policy_ = test::policy();
  jwks::ValidationPolicy secret_policy_ = test::policy(test::symmetric_algorithms());
};

std::string edited(std::string token, std::string_view edits) {
  const auto byte = [&edits](std::size_t i) { return static_cast<unsigned char>(edits[i]); };
  for (; edits.size() >= 3 && !token.empty(); edits.remove_prefix(3)) {
    const std::size_t place = (byte(0) * 256U + byte(1)) % token.size();
    switch (edits[2]) {
      case '<':
        token.erase(place, 1);
        break;
      case '>':
        token.insert(place, 1, token[place]);
        break;
      default:
        token[place] = edits[2];
    }
  }
  return token;
}

void compare_token(char how, std::string_view input) {
  static const Tokens tokens;
  if (input.empty()) return;
  const auto which = static_cast<std::uint8_t>(input.front());
  input.remove_prefix(1);
  if (how == 't') return tokens.compare(edited(tokens.good(which), input));
  TokenBuilder builder = tokens.builder(which);
  if (how == 'p') {
    builder.raw_payload(std::string(input));
  } else {
    builder.raw_header(std::string(input));
  }
  tokens.compare(builder.build().value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::text_of(data, size);
  if (input.empty()) return 0;
  const char what = input.front();
  input.remove_prefix(1);
  switch (what) {
    case 'j':
      compare_json(input, {});
      break;
    case 'l':
      if (input.size() >= 2) {
        compare_json(input.substr(2), {.depth = static_cast<unsigned char>(input[0]),
                                       .members = static_cast<unsigned char>(input[1])});
      }
      break;
    case 'b':
      compare_base64url(input);
      break;
    case 't':
    case 'p':
    case 'h':
      compare_token(what, input);
      break;
    default:
      break;
  }
  return 0;
}
