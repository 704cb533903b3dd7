// The JSON form of a token request: what is read, and what is refused by name.

#include "emulator/issuer/token_request.hpp"

#include <string>
#include <utility>
#include <vector>

#include "emulator/issuer/signing_key.hpp"
#include "jwks/emulator.hpp"
#include "jwks/verify.hpp"
#include "support/catch.hpp"
#include "unit/emulator/emulated.hpp"

namespace {

using jwks::Algorithm;
using jwks::emulator::parse_token_request;
using jwks::emulator::PublicKeyText;
using jwks::emulator::SignatureForm;
using jwks::emulator::TokenPart;
using jwks::emulator::TokenSerialization;

}  // namespace

TEST_CASE("every member of a token request has a JSON form", "[emulator]") {
  const auto read = parse_token_request(R"({
      "subject": "alice", "audience": "api", "algorithm": "ES384", "expires_in": -60,
      "claims": {"a": [1, "x"]}, "header": {"typ": 1}, "issuer": "other",
      "remove_claims": ["jti"], "remove_header": ["kid"],
      "duplicate_claims": {"exp": 1}, "duplicate_header": {"alg": "none"},
      "raw_header": "text", "raw_payload": {"base64url": "_w"},
      "header_segment": "h", "payload_segment": "p",
      "signature": {"key_id": "k", "issuer": "", "unpublished": true, "key": "PEM",
                    "secret": {"base64url": "AAE"}, "secret_of_key": "raw", "bytes": "",
                    "algorithm": "HS512", "digest": "SHA1", "salt_bytes": 20, "form": "der",
                    "embed_key": true},
      "edits": [{"part": "signature", "decoded": true, "at": -1, "erase": 2, "insert": "x",
                 "times": 3}, {"part": "payload", "flip_bit": -4}],
      "serialization": "general"})");
  REQUIRE(read);
  const jwks::emulator::TokenRequest& request = *read;
  CHECK(request.subject == "alice");
  CHECK(request.audience == "api");
  CHECK(request.algorithm == Algorithm::es384);
  CHECK(request.expires_in == std::chrono::seconds(-60));
  CHECK(request.claims == jwks::emulator::JsonMembers{{"a", R"([1, "x"])"}, {"jti", ""}});
  CHECK(request.header == jwks::emulator::JsonMembers{{"typ", "1"}, {"kid", ""}});
  CHECK(request.issuer == "other");
  CHECK(request.duplicate_claims == jwks::emulator::JsonMembers{{"exp", "1"}});
  CHECK(request.duplicate_header == jwks::emulator::JsonMembers{{"alg", "\"none\""}});
  CHECK(request.raw_header == "text");
  CHECK(request.raw_payload == "\xff");
  CHECK(request.header_segment == "h");
  CHECK(request.payload_segment == "p");
  const jwks::emulator::TokenSignature& signature = request.signature;
  CHECK(signature.key_id == "k");
  CHECK(signature.issuer == "");
  CHECK(signature.unpublished);
  CHECK(signature.key == "PEM");
  CHECK(signature.secret == std::string("\0\1", 2));
  CHECK(signature.secret_of_key == PublicKeyText::raw);
  CHECK(signature.bytes == "");
  CHECK(signature.algorithm == Algorithm::hs512);
  CHECK(signature.digest == "SHA1");
  CHECK(signature.salt_bytes == 20);
  CHECK(signature.form == SignatureForm::der);
  CHECK(signature.embed_key);
  REQUIRE(request.edits.size() == 2);
  CHECK(request.edits[0].part == TokenPart::signature);
  CHECK(request.edits[0].decoded);
  CHECK(request.edits[0].at == -1);
  CHECK(request.edits[0].erase == 2);
  CHECK(request.edits[0].insert == "x");
  CHECK(request.edits[0].times == 3);
  CHECK(request.edits[1].part == TokenPart::payload);
  CHECK(request.edits[1].flip_bit == -4);
  CHECK(request.serialization == TokenSerialization::general);
}

TEST_CASE("an empty body and an empty object ask for a plain token") {
  for (const char* json : {"", "{}"}) {
    const auto request = parse_token_request(json);
    REQUIRE(request);
    CHECK(request->subject == "user");
    CHECK(request->signature == jwks::emulator::TokenSignature{});
    CHECK(request->edits.empty());
  }
}

TEST_CASE("a private key may be given as the JSON object that it is") {
  const auto request = parse_token_request(R"({"signature":{"key":{"kty":"EC"}}})");
  REQUIRE(request);
  CHECK(request->signature.key == R"({"kty":"EC"})");
}

TEST_CASE("unknown members, wrong types and unknown values are refused with their name",
          "[emulator]") {
  const std::pair<const char*, const char*> rows[] = {
      {R"({"sub":"a"})", "sub"},
      {R"({"subject":1})", "subject"},
      {R"({"audience":["a"]})", "audience"},
      {R"({"algorithm":"none"})", "algorithm"},
      {R"({"expires_in":1.5})", "expires_in"},
      {R"({"claims":[]})", "claims"},
      {R"({"remove_claims":"jti"})", "remove_claims"},
      {R"({"remove_header":[1]})", "remove_header"},
      {R"({"raw_payload":1})", "raw_payload"},
      {R"({"raw_payload":{"base64url":"="}})", "raw_payload"},
      {R"({"raw_payload":{"base64":"AA"}})", "raw_payload"},
      {R"({"raw_payload":{"base64url":"AA","more":1}})", "raw_payload"},
      {R"({"signature":"none"})", "signature"},
      {R"({"signature":{"kid":"k"}})", "kid"},
      {R"({"signature":{"unpublished":1}})", "unpublished"},
      {R"({"signature":{"secret_of_key":"x509"}})", "secret_of_key"},
      {R"({"signature":{"salt_bytes":9999999999}})", "salt_bytes"},
      {R"({"signature":{"form":1}})", "form"},
      {R"({"edits":{}})", "edits"},
      {R"({"edits":[1]})", "edits"},
      {R"({"edits":[{"part":"body"}]})", "part"},
      {R"({"edits":[{"erase":-1}]})", "erase"},
      {R"({"edits":[{"where":1}]})", "where"},
      {R"({"serialization":"xml"})", "serialization"},
  };
  for (const auto& [json, member] : rows) {
    CAPTURE(json);
    const auto request = parse_token_request(json);
    REQUIRE_FALSE(request);
    CHECK(request.error().code() == jwks::ErrorCode::bad_config);
    CHECK(request.error().subject() == member);
  }
  CHECK(parse_token_request("[]").error().code() == jwks::ErrorCode::bad_json);
  CHECK(parse_token_request(R"({"subject":"a","subject":"b"})").error().code() ==
        jwks::ErrorCode::duplicate_member);
}

TEST_CASE("requests that contradict themselves, or ask for what no key can, are refused",
          "[emulator]") {
  const test::Emulated emulated;
  for (const char* json : {
           R"({"signature":{"unpublished":true,"bytes":""}})",
           R"({"signature":{"secret":"","secret_of_key":"pem"}})",
           R"({"signature":{"secret":"","algorithm":"ES256"}})",
           R"({"signature":{"algorithm":"HS256"}})",
           R"({"signature":{"algorithm":"RS256"}})",
           R"({"signature":{"key":"no key"}})",
           R"({"signature":{"key":{"kty":"EC"}}})",
           R"({"signature":{"key_id":"unknown"}})",
           R"({"signature":{"issuer":"unknown"}})",
           R"({"signature":{"digest":"MD5000"}})",
           R"({"algorithm":"EdDSA","signature":{"form":"der"}})",
           R"({"issuer":"unknown"})",
           R"({"algorithm":"RS256"})",
           R"({"expires_in":9223372036854775807})",
           R"({"edits":[{"part":"signature","flip_bit":100000}]})",
           R"({"edits":[{"part":"payload","insert":"="},{"part":"payload","decoded":true}]})",
           R"({"edits":[{"insert":"xx","times":9000000}]})",
       }) {
    CAPTURE(json);
    const auto answer = emulated.respond("POST", "/_emulate/tokens", json);
    CHECK(answer.status == 400);
    CHECK(test::member_of(answer.body, "error") == "invalid_request");
  }
}

TEST_CASE("a given private key signs, as PEM and as JWK, under the issuer's kid", "[emulator]") {
  const test::Emulated emulated;
  const auto other = jwks::emulator::SigningKey::generate(Algorithm::es256).value();
  const auto by_pem =
      emulated.emulation->issue({.signature = {.key = other.private_pem().value()}});
  REQUIRE(by_pem);
  const auto keys = emulated.emulation->realms().root()->issuer.keyring().snapshot();
  CHECK(test::member_of(test::segment_of(*by_pem, 0), "kid") == keys->keys[0].key_id());
  // RFC 8037 A.1, whose key and signatures are always the same.
  const auto by_jwk = [&] {
    return emulated.emulation
        ->issue({.algorithm = Algorithm::eddsa,
                 .raw_payload = "{}",
                 .signature = {.key = R"({"kty":"OKP","crv":"Ed25519",)"
                                      R"("d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",)"
                                      R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})"}})
        .value();
  };
  const auto plain =
      emulated.emulation->issue({.algorithm = Algorithm::eddsa, .raw_payload = "{}"}).value();
  CHECK(by_jwk() == by_jwk());
  CHECK(by_jwk() != plain);
  CHECK(by_jwk().substr(0, by_jwk().rfind('.')) == plain.substr(0, plain.rfind('.')));
}

TEST_CASE("retiring and announced keys sign when their kid is asked for", "[emulator]") {
  const test::Emulated emulated;
  auto& keyring = emulated.emulation->realms().root()->issuer.keyring();
  REQUIRE(keyring.rotate(jwks::emulator::Rotation::switch_to));
  REQUIRE(keyring.rotate(jwks::emulator::Rotation::announce));
  const auto keys = keyring.snapshot();
  REQUIRE(keys->keys.size() == 6);
  for (const auto& key : keys->keys) {
    const auto token = emulated.emulation->issue({.signature = {.key_id = key.key_id()}}).value();
    CHECK(test::member_of(test::segment_of(token, 0), "kid") == key.key_id());
    const auto set = jwks::JwkSet::parse(keys->jwks).value();
    const auto policy = jwks::ValidationPolicy::create(
                            {.issuer = "http://127.0.0.1:4100", .allow_any_audience = true})
                            .value();
    CHECK(jwks::verify(token, set, policy, test::kEmulatedNow));
  }
}

TEST_CASE("texts that are no JSON are refused in C++, where nobody has read them yet") {
  using Members = jwks::emulator::JsonMembers;
  const Members broken{{"x", "nul"}};
  for (const jwks::emulator::TokenRequest& request :
       {jwks::emulator::TokenRequest{.claims = broken},
        jwks::emulator::TokenRequest{.header = broken},
        jwks::emulator::TokenRequest{.duplicate_claims = broken},
        jwks::emulator::TokenRequest{.duplicate_header = broken}}) {
    const auto checked = check_json(request);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().subject() == "x");
  }
  CHECK(jwks::emulator::check_json({.claims = {{"x", "null"}, {"y", ""}}}));
}
