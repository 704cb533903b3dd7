#include "emulator/issuer/defective_token.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "emulator/issuer/spare_key.hpp"
#include "emulator/json_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{16} * 1024 * 1024;

Error refused(std::string_view member, std::string_view why) {
  return Error(ErrorCode::bad_config).about(member).because(why);
}

Result<SigningKey> who_signs(const TokenSignature& how, const SigningKey& named) {
  if (how.unpublished) return spare_key(SpareKey::stranger, named.alike());
  if (how.key.empty()) return named;
  const Algorithm algorithm = how.algorithm.value_or(named.algorithm());
  auto key = how.key.starts_with('{') ? SigningKey::from_jwk(how.key, algorithm)
                                      : SigningKey::from_pem(how.key, algorithm);
  if (!key) return Error(key.error()).about("key");
  return key;
}

Result<std::string> signature_of(const SigningKey& key, const TokenSignature& how,
                                 std::string_view input) {
  const Algorithm algorithm = how.algorithm.value_or(key.algorithm());
  const Deviation deviation{.digest = how.digest, .salt_bytes = how.salt_bytes};
  if (how.form == SignatureForm::der) return key.sign_der(algorithm, input, deviation);
  Result<std::string> signature = key.sign(algorithm, input, deviation);
  if (signature && how.form == SignatureForm::equivalent) return key.equivalent(*signature);
  return signature;
}

/// The numbers of a public key, one after the other.
std::string raw_public_key(const SigningKey& key) {
  std::string raw;
  const auto jwk = json::parse_object(key.public_jwk());
  if (!jwk) return raw;
  for (const std::string_view name : {"n", "x", "y", "pub"}) {
    const auto value = jwk->root().find(name);
    if (value) raw += base64url::decode(value->as_string().value_or("")).value_or("");
  }
  return raw;
}

Result<std::string> text_of(const SigningKey& key, PublicKeyText text, const KeySnapshot& keys) {
  switch (text) {
    case PublicKeyText::pem:
      return key.public_pem();
    case PublicKeyText::der:
      return key.public_der();
    case PublicKeyText::jwk:
      return key.public_jwk();
    case PublicKeyText::jwks:
      return keys.jwks;
    case PublicKeyText::raw:
      return raw_public_key(key);
  }
  return refused("secret_of_key", "is none of its values");
}

Result<void> sign_by_hmac(TokenBuilder& token, Algorithm algorithm, std::string secret) {
  switch (algorithm) {
    case Algorithm::hs256:
      token.sign_hmac(256, std::move(secret));
      return {};
    case Algorithm::hs384:
      token.sign_hmac(384, std::move(secret));
      return {};
    case Algorithm::hs512:
      token.sign_hmac(512, std::move(secret));
      return {};
    default:
      return refused("algorithm", "secrets are for HS256, HS384 and HS512");
  }
}

/// Where something begins that has `size` parts: counted from the end if negative.
std::size_t position(std::int64_t at, std::size_t size) {
  if (at < 0) {
    const auto from_end = static_cast<std::uint64_t>(-(at + 1)) + 1;
    return from_end > size ? 0 : size - static_cast<std::size_t>(from_end);
  }
  return static_cast<std::size_t>(std::min<std::uint64_t>(static_cast<std::uint64_t>(at), size));
}

Result<void> splice(std::string& text, const TokenEdit& edit) {
  const std::size_t at = edit.at ? position(*edit.at, text.size()) : text.size();
  text.erase(at, static_cast<std::size_t>(std::min<std::uint64_t>(edit.erase, text.size())));
  if (edit.insert.empty()) return {};
  if (edit.times > (kMaxBytes - std::min(kMaxBytes, text.size())) / edit.insert.size()) {
    return refused("times", "a token has at most 16 MiB");
  }
  std::string inserted;
  for (std::uint64_t i = 0; i < edit.times; ++i) inserted += edit.insert;
  text.insert(at, inserted);
  return {};
}

Result<void> flip(std::string& characters, std::int64_t bit) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  constexpr std::size_t kBits = 6;
  const std::size_t bits = characters.size() * kBits;
  const std::size_t at = position(bit, bits);
  if (at >= bits) return refused("flip_bit", "the segment has fewer bits");
  char& character = characters[at / kBits];
  const std::size_t value = kAlphabet.find(character);
  if (value == std::string_view::npos) return refused("flip_bit", "the segment is no base64url");
  character = kAlphabet[value ^ (std::size_t{32} >> at % kBits)];
  return {};
}

Result<void> apply(std::string& characters, const TokenEdit& edit) {
  if (edit.flip_bit) return flip(characters, *edit.flip_bit);
  if (!edit.decoded) return splice(characters, edit);
  std::optional<std::string> bytes = base64url::decode(characters);
  if (!bytes) return refused("decoded", "the segment is no base64url");
  auto done = splice(*bytes, edit);
  if (done) characters = base64url::encode(*bytes);
  return done;
}

using Segments = std::array<std::string, 3>;

/// The segments of a compact token: the first and the last end at a dot, whatever is between.
Segments split(const std::string& token) {
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  return {token.substr(0, first), token.substr(first + 1, last - first - 1),
          token.substr(last + 1)};
}

std::string serialized(const Segments& segments, TokenSerialization serialization) {
  const auto& [header, payload, signature] = segments;
  JsonObject object;
  switch (serialization) {
    case TokenSerialization::compact:
      break;
    case TokenSerialization::flattened:
      return object.string("payload", payload)
          .string("protected", header)
          .string("signature", signature)
          .text();
    case TokenSerialization::general: {
      const std::string entry =
          JsonObject().string("protected", header).string("signature", signature).text();
      return object.string("payload", payload).raw("signatures", "[" + entry + "]").text();
    }
  }
  return header + '.' + payload + '.' + signature;
}

}  // namespace

Result<void> choose_signature(TokenBuilder& token, const TokenSignature& how,
                              const SigningKey& named, const KeySnapshot& keys) {
  // As it should be: the builder signs with the key that it was made with.
  if (how == TokenSignature{.key_id = how.key_id, .issuer = how.issuer}) return {};
  const int signers = int{how.unpublished} + int{!how.key.empty()} + int{how.secret.has_value()} +
                      int{how.secret_of_key.has_value()} + int{how.bytes.has_value()};
  if (signers > 1) return refused("signature", "names more than one who signs");
  const Result<SigningKey> signer = who_signs(how, named);
  if (!signer) return signer.error();
  if (how.embed_key) token.header("jwk", signer->public_jwk());
  if (how.bytes) {
    token.signature(*how.bytes);
    return {};
  }
  const Algorithm mac = how.algorithm.value_or(Algorithm::hs256);
  if (how.secret) return sign_by_hmac(token, mac, *how.secret);
  if (how.secret_of_key) {
    Result<std::string> secret = text_of(named, *how.secret_of_key, keys);
    if (!secret) return secret.error();
    return sign_by_hmac(token, mac, std::move(secret).value());
  }
  token.sign_by(
      [key = *signer, how](std::string_view input) { return signature_of(key, how, input); });
  return {};
}

void choose_texts(TokenBuilder& token, const TokenRequest& request) {
  using Segment = TokenBuilder::Segment;
  for (const auto& [name, json] : request.duplicate_claims) token.duplicate_claim(name, json);
  for (const auto& [name, json] : request.duplicate_header) token.duplicate_header(name, json);
  if (request.raw_header) token.raw_header(*request.raw_header);
  if (request.raw_payload) token.raw_payload(*request.raw_payload);
  if (request.header_segment) token.raw_segment(Segment::header, *request.header_segment);
  if (request.payload_segment) token.raw_segment(Segment::payload, *request.payload_segment);
}

Result<std::string> finished(std::string token, const TokenRequest& request) {
  if (request.edits.empty() && request.serialization == TokenSerialization::compact) return token;
  Segments segments = split(token);
  for (const TokenEdit& edit : request.edits) {
    if (edit.part == TokenPart::token) continue;
    std::string& segment = segments[static_cast<std::size_t>(edit.part) - 1];
    if (auto done = apply(segment, edit); !done) return done.error();
  }
  token = serialized(segments, request.serialization);
  for (const TokenEdit& edit : request.edits) {
    if (edit.part != TokenPart::token) continue;
    if (auto done = apply(token, edit); !done) return done.error();
  }
  return token;
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
