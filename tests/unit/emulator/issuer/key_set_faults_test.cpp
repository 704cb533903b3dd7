// Faulty key sets: what is wrong with each, as the library's own reader of key sets sees it.

#include "emulator/issuer/key_set_faults.hpp"

#include <string>
#include <vector>

#include "jwks/jwk_set.hpp"
#include "jwks/verify.hpp"
#include "support/catch.hpp"
#include "unit/emulator/emulated.hpp"

namespace {

using jwks::Algorithm;
using jwks::ErrorReason;
using jwks::JwkSet;
using jwks::emulator::FaultKind;
using jwks::emulator::faulty_key_set;
using jwks::emulator::KeyOptions;
using jwks::emulator::Keyring;

std::shared_ptr<const jwks::emulator::KeySnapshot> keys(std::vector<KeyOptions> options) {
  return Keyring::create(options).value()->snapshot();
}

/// One key of each type, made once.
const jwks::emulator::KeySnapshot& all_types() {
  static const auto snapshot = keys({{.algorithm = Algorithm::es256, .key_id = "ec"},
                                     {.algorithm = Algorithm::rs256, .key_id = "rsa"},
                                     {.algorithm = Algorithm::eddsa, .key_id = "okp"}});
  return *snapshot;
}

JwkSet read(FaultKind kind, const jwks::emulator::KeySnapshot& from = all_types()) {
  return JwkSet::parse(faulty_key_set(kind, from)).value();
}

std::vector<std::string> kids(const JwkSet& set) {
  std::vector<std::string> all;
  for (const jwks::Jwk& key : set.keys()) all.emplace_back(key.key_id());
  return all;
}

std::vector<ErrorReason> reasons(const JwkSet& set) {
  std::vector<ErrorReason> all;
  for (const jwks::SkippedKey& key : set.skipped()) all.push_back(key.reason);
  return all;
}

using Kids = std::vector<std::string>;
using Reasons = std::vector<ErrorReason>;

}  // namespace

TEST_CASE("a key of an unknown type is skipped and the others are kept",
          "[emulator][attack-174][attack-187]") {
  const JwkSet set = read(FaultKind::unknown_kty);
  CHECK(kids(set) == Kids{"ec", "rsa", "okp"});
  CHECK(reasons(set) == Reasons{ErrorReason::unknown_kty});
}

TEST_CASE("two keys of one type share a kid, which names none of them any more",
          "[emulator][attack-049]") {
  const JwkSet set = read(FaultKind::duplicate_kid);
  CHECK(kids(set) == Kids{"ec", "rsa", "okp", "ec"});
  CHECK(set.keys()[0].key_type() == set.keys()[3].key_type());
  CHECK(set.keys()[0].thumbprint() != set.keys()[3].thumbprint());
  // Who verifies can't tell which it is.
  const test::Emulated emulated;
  const auto& realm = *emulated.emulation->realms().root();
  const auto token = emulated.emulation->issue({.audience = "api"}).value();
  const auto policy =
      jwks::ValidationPolicy::create({.issuer = realm.issuer.identifier(), .audiences = {"api"}})
          .value();
  const auto snapshot = realm.issuer.keyring().snapshot();
  const auto result =
      jwks::verify(token, read(FaultKind::duplicate_kid, *snapshot), policy, test::kEmulatedNow);
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == jwks::ErrorCode::key_ambiguous);
}

TEST_CASE("no key has a kid, and the keys are good apart from that", "[emulator][attack-039]") {
  const JwkSet set = read(FaultKind::missing_kid);
  REQUIRE(set.keys().size() == 3);
  CHECK(set.skipped().empty());
  for (const jwks::Jwk& key : set.keys()) CHECK_FALSE(key.has_key_id());
}

TEST_CASE("keys for encryption are not used for signatures", "[emulator][attack-170]") {
  const JwkSet set = read(FaultKind::use_enc);
  CHECK(set.keys().empty());
  CHECK(reasons(set) == Reasons(3, ErrorReason::use_not_sig));
}

TEST_CASE("keys that were published with a private member are burnt", "[emulator][attack-167]") {
  const JwkSet set = read(FaultKind::private_member);
  CHECK(set.keys().empty());
  CHECK(reasons(set) == Reasons(3, ErrorReason::private_material));
}

TEST_CASE("a symmetric key in a published set is skipped, though it has the first key's kid",
          "[emulator][attack-168]") {
  const JwkSet set = read(FaultKind::oct_key);
  CHECK(kids(set) == Kids{"ec", "rsa", "okp"});
  CHECK(reasons(set) == Reasons{ErrorReason::symmetric});
  CHECK(set.skipped()[0].key_id == "ec");
}

TEST_CASE("RSA keys of 1024 bits are refused, and the others kept", "[emulator][attack-156]") {
  const JwkSet set = read(FaultKind::weak_rsa);
  CHECK(kids(set) == Kids{"ec", "okp"});
  CHECK(reasons(set) == Reasons{ErrorReason::weak_rsa});
  CHECK(set.rejection_of("rsa") == ErrorReason::weak_rsa);
}

TEST_CASE("RSA keys with the exponent 1 are refused, and the others kept",
          "[emulator][attack-153]") {
  const JwkSet set = read(FaultKind::exponent_one);
  CHECK(kids(set) == Kids{"ec", "okp"});
  CHECK(set.rejection_of("rsa") == ErrorReason::bad_exponent);
}

TEST_CASE("points off their curve are refused, and the others kept", "[emulator][attack-161]") {
  const auto curves = keys({{.algorithm = Algorithm::es256},
                            {.algorithm = Algorithm::es384},
                            {.algorithm = Algorithm::es512},
                            {.algorithm = Algorithm::eddsa, .key_id = "okp"}});
  const JwkSet set = read(FaultKind::off_curve, *curves);
  CHECK(kids(set) == Kids{"okp"});
  CHECK(reasons(set) == Reasons(3, ErrorReason::point_not_on_curve));
}

TEST_CASE("a fault of a type of key adds one where there is none", "[emulator]") {
  const auto okp = keys({{.algorithm = Algorithm::eddsa, .key_id = "okp"}});
  for (const auto& [kind, reason] : {std::pair{FaultKind::weak_rsa, ErrorReason::weak_rsa},
                                     {FaultKind::exponent_one, ErrorReason::bad_exponent},
                                     {FaultKind::off_curve, ErrorReason::point_not_on_curve}}) {
    const JwkSet set = read(kind, *okp);
    CHECK(kids(set) == Kids{"okp"});
    CHECK(reasons(set) == Reasons{reason});
  }
}

TEST_CASE("key material that is no base64url is refused", "[emulator][attack-173]") {
  const JwkSet set = read(FaultKind::bad_base64);
  CHECK(set.keys().empty());
  CHECK(reasons(set) == Reasons(3, ErrorReason::bad_base64));
}

TEST_CASE("an empty set is empty", "[emulator][attack-186]") {
  CHECK(faulty_key_set(FaultKind::empty_set, all_types()) == R"({"keys":[]})");
}

TEST_CASE("a faulty document is the same each time, and a fault of no key set changes nothing") {
  for (const FaultKind kind : {FaultKind::duplicate_kid, FaultKind::weak_rsa}) {
    CHECK(faulty_key_set(kind, all_types()) == faulty_key_set(kind, all_types()));
  }
  CHECK_FALSE(is_key_set_fault(FaultKind::gzip_bomb));
  CHECK(is_key_set_fault(FaultKind::unknown_kty));
  CHECK(is_key_set_fault(FaultKind::empty_set));
  CHECK(faulty_key_set(FaultKind::gzip_bomb, all_types()) == all_types().jwks);
}

TEST_CASE("a faulty key set is served with an ETag of its own, and is cacheable like a good one",
          "[emulator]") {
  const test::Emulated emulated;
  const jwks::emulator::Issuer& issuer = emulated.emulation->realms().root()->issuer;
  const auto get = [&](std::optional<jwks::emulator::Fault> fault, std::string if_none_match = {}) {
    return issuer
        .respond(test::Emulated::request("GET", "/oauth2/jwks", "",
                                         {{"if-none-match", std::move(if_none_match)}}),
                 "/oauth2/jwks", fault)
        .value();
  };
  const auto good = get({});
  const jwks::emulator::Fault fault{.kind = FaultKind::use_enc};
  const auto bad = get(fault);
  CHECK(bad.status == 200);
  CHECK(test::header_of(bad, "Cache-Control") == test::header_of(good, "Cache-Control"));
  const std::string etag = test::header_of(bad, "ETag");
  CHECK(etag.front() == '"');
  CHECK(etag != test::header_of(good, "ETag"));
  CHECK(get(fault, etag).status == 304);
  CHECK(get(fault, etag).body.empty());
  CHECK(get({}, etag).status == 200);
  CHECK(get(fault, test::header_of(good, "ETag")).status == 200);
  CHECK(get(jwks::emulator::Fault{.kind = FaultKind::truncate}).body == good.body);
}
