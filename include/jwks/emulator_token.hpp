#pragma once

// `TokenRequest`: a token to mint, sensible or not.
//
// The emulator signs whatever it is asked to: that is how a test gets an expired token, one that is
// signed by another key, or one whose header lies about the algorithm.
//
//   idp.issue({.subject = "alice", .expires_in = -60s});                             // expired
//   idp.issue({.header = {{"alg", R"("none")"}}, .signature = {.bytes = ""}});       // alg none
//   idp.issue({.signature = {.secret_of_key = PublicKeyText::pem}});                 // RS256 →
//   HS256 idp.issue({.signature = {.unpublished = true, .embed_key = true}});              // "jwk"
//   forged idp.issue({.edits = {{.part = TokenPart::signature, .flip_bit = 0}}});           //
//   spoiled
//
// A token is made in this order: claims and header from their members, or from raw texts; the
// signature over these; changes to the three segments; the serialization; changes to the whole.
// `POST /_emulate/tokens` takes the same as JSON with the same names; enumerators are strings,
// algorithms their registered names, and bytes are a string, or {"base64url": "…"} where they are
// no text.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "jwks/algorithm.hpp"
#include "jwks/emulator_options.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// Texts of a public key that have been taken for HMAC secrets (CVE-2015-9235, CVE-2026-48526).
enum class PublicKeyText : std::uint8_t {
  pem,   ///< SubjectPublicKeyInfo
  der,   ///< the same
  jwk,   ///< as it is published
  jwks,  ///< the JWK Set document, exactly as it is served
  raw,   ///< the bytes of n, of x and y, or of x
};

enum class SignatureForm : std::uint8_t {
  jws,         ///< as RFC 7518 has it
  der,         ///< ECDSA: ASN.1 instead of r‖s
  equivalent,  ///< ECDSA: n − s for s, which is as good; EdDSA: s + L, which is not
};

/// Who signs a token, and how. The header goes on naming the issuer's key and its algorithm, and is
/// only changed by `TokenRequest::header` (and by HMAC, whose "alg" is set).
struct TokenSignature {
  // The issuer's key that signs, and whose "kid" and "alg" the header has.
  std::string key_id{};  ///< any that is published; empty: the one that signs now
  std::optional<std::string>
      issuer{};  ///< name of another issuer, which has the key; "" is the root

  // Who signs instead; at most one.
  bool unpublished = false;             ///< a key of the same type that is published nowhere
  std::string key{};                    ///< this private key: PEM, or a JWK
  std::optional<std::string> secret{};  ///< HMAC with these bytes, be they none
  std::optional<PublicKeyText>
      secret_of_key{};                 ///< HMAC with the public key, as an attacker has it
  std::optional<std::string> bytes{};  ///< nobody: these are the signature, be they none

  // How.
  std::optional<Algorithm> algorithm{};  ///< what is done, whatever the header says; HMAC: HS256
  std::string digest{};             ///< "SHA1", "SHA256", "SHA384", "SHA512" for the algorithm's
  std::optional<int> salt_bytes{};  ///< of RSASSA-PSS; empty: as long as the digest
  SignatureForm form = SignatureForm::jws;
  bool embed_key = false;  ///< puts the public key of who signs into the header, as "jwk"

  friend bool operator==(const TokenSignature&, const TokenSignature&) = default;
};

enum class TokenPart : std::uint8_t { token, header, payload, signature };

/// A change to characters of a token that is signed already, or to the bytes they stand for.
struct TokenEdit {
  TokenPart part = TokenPart::token;
  bool decoded = false;              ///< changes the bytes of a segment instead of its characters
  std::optional<std::int64_t> at{};  ///< where; from the end if negative; empty: at the end
  std::uint64_t erase = 0;           ///< removes so many from there, or as many as there are
  std::string insert{};              ///< then puts this there
  std::uint64_t times = 1;           ///< so often; a token has at most 16 MiB
  /// Flips a bit of a segment instead. Counted from the first, or from the last if negative, in
  /// what the characters stand for: that is six bits each, the unused ones of the last included.
  std::optional<std::int64_t> flip_bit{};
};

enum class TokenSerialization : std::uint8_t {
  compact,    ///< RFC 7515 §7.1
  flattened,  ///< JSON, §7.2.2
  general,    ///< JSON, §7.2.1
};

/// What `issue` signs. Values are put into the token as they are, sensible or not.
struct TokenRequest {
  std::string subject = "user";
  std::string audience{};                            ///< empty: no "aud"
  std::optional<Algorithm> algorithm{};              ///< of the key; empty: the first key's
  std::optional<std::chrono::seconds> expires_in{};  ///< may be negative; empty: token_lifetime
  /// Claims and header parameters to add or replace, as name and JSON text; an empty text removes.
  /// In JSON: objects, and the names to remove as the arrays "remove_claims" and "remove_header".
  JsonMembers claims{};
  JsonMembers header{};
  std::string issuer{};  ///< name of a further issuer; empty: the root

  /// Members that are added at the end though one of their name may be there.
  JsonMembers duplicate_claims{};
  JsonMembers duplicate_header{};
  /// Bytes that stand for the members, whatever they are.
  std::optional<std::string> raw_header{};
  std::optional<std::string> raw_payload{};
  /// The segment's characters; the signature covers them as they are.
  std::optional<std::string> header_segment{};
  std::optional<std::string> payload_segment{};

  TokenSignature signature{};
  std::vector<TokenEdit> edits{};  ///< in this order, those of segments before those of the whole
  TokenSerialization serialization = TokenSerialization::compact;
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
