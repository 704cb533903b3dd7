// The tokens of the catalogue of attacks, asked for over HTTP and judged by the library.
//
// Each row is a request to POST /_emulate/tokens and the code with which its token is refused. That
// the same requests without their defect are accepted is checked first.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/issuer/signing_key.hpp"
#include "jwks/replay_cache.hpp"
#include "jwks/verify.hpp"
#include "support/catch.hpp"
#include "unit/emulator/emulated.hpp"

namespace {

using jwks::Algorithm;
using jwks::JwkSet;
using jwks::TokenProfile;
using jwks::ValidationOptions;

constexpr std::string_view kKid = "ec";

/// An emulator with a further issuer, made once: an RSA key takes its time.
const test::Emulated& emulated() {
  static const test::Emulated made = [] {
    auto options = test::quick_options();
    options.keys = {{.algorithm = Algorithm::es256, .key_id = std::string(kKid)},
                    {.algorithm = Algorithm::eddsa, .key_id = "okp"},
                    {.algorithm = Algorithm::rs256, .key_id = "rsa"},
                    {.algorithm = Algorithm::ps256, .key_id = "pss"},
                    {.algorithm = Algorithm::es512, .key_id = "p521"}};
    options.issuers = {{.name = "other", .keys = {{.algorithm = Algorithm::es256}}}};
    options.token_type = "JWT";
    return test::Emulated(std::move(options));
  }();
  return made;
}

std::string document() {
  return emulated().emulation->realms().root()->issuer.keyring().snapshot()->jwks;
}

/// What the endpoint answers to this request, with an audience unless it has one.
std::string minted(const std::string& request) {
  std::string body = request;
  if (request.find("\"audience\"") == std::string::npos) {
    body = R"({"audience":"api")" + std::string(request == "{}" ? "" : ",") + request.substr(1);
  }
  const auto answer = emulated().respond("POST", "/_emulate/tokens", body);
  CAPTURE(body, answer.body);
  REQUIRE(answer.status == 200);
  return test::member_of(answer.body, "token");
}

ValidationOptions options() {
  return {.issuer = "http://127.0.0.1:4100", .audiences = {"api"}, .clock_skew = {}};
}

std::string judged(const std::string& token, ValidationOptions with = options(),
                   const std::string& keys = document()) {
  const auto result =
      jwks::verify(token, JwkSet::parse(keys).value(),
                   jwks::ValidationPolicy::create(std::move(with)).value(), test::kEmulatedNow);
  return result ? "accepted" : std::string(to_string(result.error().code()));
}

using Row = std::pair<std::string, std::string_view>;

void check(const std::vector<Row>& rows, const ValidationOptions& with = options()) {
  for (const auto& [request, code] : rows) {
    CAPTURE(request);
    CHECK(judged(minted(request), with) == code);
  }
}

std::string at_now(int seconds) {
  return std::to_string(test::kEmulatedNow.time_since_epoch() / std::chrono::seconds(1) + seconds);
}

/// `{"claims": {name: json}}`
std::string claim(std::string_view name, std::string_view json) {
  return R"({"claims":{")" + std::string(name) + "\":" + std::string(json) + "}}";
}

std::string header(std::string_view name, std::string_view json) {
  return R"({"header":{")" + std::string(name) + "\":" + std::string(json) + "}}";
}

std::string edits(std::string_view json) { return R"({"edits":[)" + std::string(json) + "]}"; }

}  // namespace

TEST_CASE("a token without a defect is accepted, by each key", "[emulator]") {
  check({{"{}", "accepted"},
         {R"({"algorithm":"EdDSA"})", "accepted"},
         {R"({"algorithm":"RS256"})", "accepted"},
         {R"({"algorithm":"PS256"})", "accepted"},
         {R"({"algorithm":"ES512"})", "accepted"},
         {R"({"signature":{"key_id":"rsa"}})", "accepted"},
         {R"({"signature":{"algorithm":"ES256"}})", "accepted"}});
}

TEST_CASE("minted: tokens that lie about their algorithm",
          "[emulator][attack-001][attack-002][attack-003][attack-004][attack-005][attack-006]"
          "[attack-007][attack-008]") {
  check({{R"({"header":{"alg":"none"},"signature":{"bytes":""}})", "alg_not_allowed"},
         {header("alg", R"("none")"), "alg_not_allowed"},
         {R"({"remove_header":["alg"]})", "invalid_header"}});
  for (const char* name :
       {"None", "NONE", "nOnE", "none ", " none", "none\\t", "none\\u0000", "ES256 ",
        "ES256\\u0000x", "es256", "Es256", "EDDSA", "RS1", "HS1", "ES521", "RSA1_5", "FOO"}) {
    check({{header("alg", '"' + std::string(name) + '"'), "alg_not_allowed"}});
  }
  for (const char* json : {"256", "null", "true", R"(["ES256"])", R"({"a":1})", R"("")"}) {
    const std::string code = judged(minted(header("alg", json)));
    CHECK((code == "invalid_header" || code == "alg_not_allowed"));
  }
}

TEST_CASE("minted: tokens whose secret is a public key, nothing or too short",
          "[emulator][attack-009][attack-010][attack-012][attack-013][attack-014]") {
  for (const char* algorithm : {"ES256", "RS256", "EdDSA"}) {
    for (const char* mac : {"HS256", "HS384", "HS512"}) {
      for (const char* secret :
           {R"("secret_of_key":"pem")", R"("secret_of_key":"der")", R"("secret_of_key":"jwk")",
            R"("secret_of_key":"jwks")", R"("secret_of_key":"raw")", R"("secret":"")",
            R"("secret":"too short")", R"("secret":{"base64url":"_w"})"}) {
        check({{R"({"algorithm":")" + std::string(algorithm) + R"(","signature":{"algorithm":")" +
                    mac + "\"," + secret + "}}",
                "alg_not_allowed"}});
      }
    }
  }
  // They are what they say: a verifier that takes the text for a secret takes the token.
  const auto pem = emulated().emulation->realms().root()->issuer.keyring().snapshot()->keys[0];
  const std::string token = minted(R"({"signature":{"secret_of_key":"pem"}})");
  CHECK(jwks::emulator::hmac(256, pem.public_pem(), token.substr(0, token.rfind('.'))).value() ==
        test::segment_of(token, 2));
}

TEST_CASE("minted: tokens signed in another way than key and header say",
          "[emulator][attack-015][attack-016][attack-017][attack-018][attack-021][attack-022]"
          "[attack-023]") {
  check({{R"({"algorithm":"RS256","header":{"alg":"PS256"},"signature":{"algorithm":"PS256"}})",
          "alg_mismatch"},
         {R"({"algorithm":"RS256","header":{"alg":"RS384"},"signature":{"algorithm":"RS384"}})",
          "alg_mismatch"},
         {R"({"algorithm":"PS256","header":{"alg":"RS256"}})", "alg_mismatch"},
         {R"({"header":{"alg":"ES384"},"signature":{"algorithm":"ES384"}})", "alg_mismatch"},
         {R"({"algorithm":"EdDSA","header":{"alg":"Ed448"}})", "alg_mismatch"},
         {R"({"algorithm":"RS256","signature":{"algorithm":"PS256"}})", "bad_signature"},
         {R"({"algorithm":"RS256","signature":{"algorithm":"RS512"}})", "bad_signature"},
         {R"({"algorithm":"RS256","signature":{"digest":"SHA1"}})", "bad_signature"},
         {R"({"signature":{"digest":"SHA384"}})", "bad_signature"},
         {R"({"signature":{"algorithm":"ES512"}})", "bad_signature"}});
  auto only_es256 = options();
  only_es256.algorithms = {Algorithm::es256};
  check({{R"({"algorithm":"RS256"})", "alg_not_allowed"}}, only_es256);
  // A key that names no algorithm takes what the policy lists.
  std::string open = document();
  const std::string named = R"("alg":"RS256",)";
  open.erase(open.find(named), named.size());
  auto only_rs256 = options();
  only_rs256.algorithms = {Algorithm::rs256};
  CHECK(judged(minted(R"({"algorithm":"RS256","header":{"alg":"PS512"},)"
                      R"("signature":{"algorithm":"PS512"}})"),
               only_rs256, open) == "alg_not_allowed");
}

TEST_CASE("minted: tokens that bring a key, or the way to one",
          "[emulator][attack-025][attack-026][attack-027][attack-028][attack-029][attack-030]"
          "[attack-031]") {
  const std::string forged = R"("signature":{"unpublished":true,"embed_key":true}})";
  const std::string token = minted("{" + forged);
  const std::string own = test::member_of(test::segment_of(token, 0), "jwk");
  CHECK(judged(token, options(), R"({"keys":[)" + own + "]}") == "unknown_key");
  check({{"{" + forged, "bad_signature"},
         {R"({"header":{"kid":"unknown"},)" + forged, "unknown_key"},
         {R"({"remove_header":["kid"],)" + forged, "bad_signature"},
         {R"({"header":{"jwk":{"kty":"oct","k":"c2VjcmV0"}},"signature":{"secret":"secret"}})",
          "alg_not_allowed"}});
  // What an attacker wants: with the embedded key the token holds.
  const std::string self_made = minted(R"({"remove_header":["kid"],)" + forged);
  CHECK(judged(self_made, options(), R"({"keys":[)" + own + "]}") == "accepted");
  for (const char* members :
       {R"("jku":"https://issuer@evil.example/jwks")", R"("jku":"file:///etc/passwd")",
        R"("x5u":"http://169.254.169.254/")", R"("x5c":["MIIB"])"}) {
    check({{R"({"header":{)" + std::string(members) + R"(},"signature":{"unpublished":true}})",
            "bad_signature"}});
  }
}

TEST_CASE("minted: tokens with odd kids",
          "[emulator][attack-033][attack-034][attack-035][attack-036][attack-037][attack-038]"
          "[attack-041][attack-042][attack-176]") {
  const std::string x521 =
      emulated().emulation->realms().root()->issuer.keyring().snapshot()->keys[4].thumbprint();
  for (const std::string& kid :
       {std::string("../../../../dev/null"), std::string("x' UNION SELECT 'AA"),
        std::string("${jndi:ldap://evil}"), std::string("ec\\u0000x"), std::string("EC"),
        std::string("ec "), std::string("unknown"), std::string(), x521}) {
    check({{header("kid", '"' + kid + '"'), "unknown_key"}});
  }
  for (const char* json : {"1", "null", "true", "[]", R"(["ec"])", "{}"}) {
    check({{header("kid", json), "invalid_header"}});
  }
  check({{header("kid", '"' + std::string(1000, 'k') + '"'), "too_large"}});
}

TEST_CASE("minted: tokens that mix two issuers up",
          "[emulator][attack-043][attack-044][attack-046][attack-047][attack-048]") {
  check({{R"({"signature":{"issuer":"other"}})", "unknown_key"},
         {R"({"signature":{"issuer":"other"},"header":{"kid":"ec"}})", "bad_signature"},
         {R"({"issuer":"other"})", "unknown_key"},
         {R"({"issuer":"other","signature":{"issuer":""}})", "wrong_issuer"},
         {claim("iss", R"(["https://evil.example","http://127.0.0.1:4100"])"), "invalid_claim"},
         {claim("iss", R"(["http://127.0.0.1:4100"])"), "invalid_claim"},
         {claim("iss", R"("http://127.0.0.1:1")"), "wrong_issuer"}});
}

TEST_CASE("minted: segments that are no base64url",
          "[emulator][attack-051][attack-052][attack-053][attack-054][attack-055][attack-056]") {
  for (const char* part : {"header", "payload", "signature"}) {
    const std::string begin = R"({"part":")" + std::string(part) + R"(",)";
    for (const char* junk : {"=", "==", "%3D", "+", "/", " ", "\\t", "\\r\\n", "?", "\\u0000",
                             "\\u0001", "\\\"", "{"}) {
      check({{edits(begin + R"("insert":")" + junk + "\"}"), "bad_base64url"},
             {edits(begin + R"("at":0,"insert":")" + junk + "\"}"), "bad_base64url"},
             {edits(begin + R"("at":-2,"insert":")" + junk + "\"}"), "bad_base64url"}});
    }
  }
  // No text, so that it comes as bytes.
  for (const char* byte : {"gA", "_w", "wqA"}) {
    const auto answer = emulated().respond(
        "POST", "/_emulate/tokens",
        edits(R"({"part":"payload","insert":{"base64url":")" + std::string(byte) + "\"}}"));
    const auto token =
        jwks::base64url::decode(test::member_of(answer.body, "token_base64url")).value();
    CHECK(judged(token) == "bad_base64url");
  }
  // 64 bytes are 86 characters, of whose last four bits are unused; three more are 1 mod 4.
  check({{edits(R"({"part":"signature","flip_bit":-1})"), "bad_base64url"},
         {edits(R"({"part":"signature","flip_bit":-4})"), "bad_base64url"},
         {edits(R"({"part":"signature","flip_bit":-5})"), "bad_signature"},
         {edits(R"({"part":"signature","insert":"AAA"})"), "bad_base64url"},
         {edits(R"({"part":"signature","at":-1,"erase":1})"), "bad_base64url"}});
}

TEST_CASE("minted: texts that are no compact token of three parts",
          "[emulator][attack-057][attack-058][attack-059][attack-060][attack-061][attack-062]"
          "[attack-063][attack-064][attack-065][attack-066][attack-067][attack-071]") {
  const std::string all = R"("at":0,"erase":99999)";
  check({
      {edits(R"({"insert":".x"})"), "not_three_segments"},
      {edits(R"({"at":0,"insert":"."})"), "not_three_segments"},
      {edits("{" + all + "}"), "not_three_segments"},
      {edits("{" + all + R"(,"insert":"..."})"), "not_three_segments"},
      {edits(R"({"insert":".","times":10000000})"), "too_large"},
      {edits(R"({"part":"header",)" + all + "}"), "not_three_segments"},
      {edits(R"({"part":"payload",)" + all + "}"), "not_three_segments"},
      {edits(R"({"part":"signature",)" + all + "}"), "bad_signature"},
      {R"({"header":{"alg":"RSA-OAEP","enc":"A128GCM"},"edits":[{"insert":".AAAA.AAAA"}]})",
       "not_three_segments"},
      {R"({"serialization":"flattened"})", "not_three_segments"},
      {R"({"serialization":"general"})", "not_three_segments"},
      {R"({"serialization":"flattened","edits":[{"at":-1,"insert":",\"x\":\".Zm9yZ2Vk.\""}]})",
       "bad_base64url"},
      {R"({"serialization":"general","remove_header":["alg"],)"
       R"("edits":[{"at":-3,"insert":",\"header\":{\"alg\":\"HS256\"}"}]})",
       "not_three_segments"},
      {R"({"header":{"cty":"JWT"},"raw_payload":"eyJhbGciOiJub25lIn0.e30."})", "bad_json"},
      {edits(R"({"at":0,"insert":"Bearer "})"), "bad_base64url"},
      {edits(R"({"insert":"\u0000"})"), "bad_base64url"},
      {edits(R"({"part":"payload","insert":"AAAA","times":250000})"), "too_large"},
      {edits(R"({"part":"signature","decoded":true,"insert":"0","times":10000})"), "bad_signature"},
  });
  const std::string flattened = minted(R"({"serialization":"flattened"})");
  for (const char* name : {"protected", "payload", "signature"}) {
    CHECK_FALSE(test::member_of(flattened, name).empty());
  }
}

TEST_CASE("minted: parts of two tokens, and every bit flipped",
          "[emulator][attack-072][attack-073]") {
  const std::string other = minted(R"({"subject":"root"})");
  const std::string payload =
      other.substr(other.find('.') + 1, other.rfind('.') - other.find('.') - 1);
  check({{edits(R"({"part":"payload","at":0,"erase":99999,"insert":")" + payload + "\"}"),
          "bad_signature"}});
  for (const char* part : {"header", "payload", "signature"}) {
    for (int bit = 0; bit < 300; bit += 7) {
      CAPTURE(part, bit);
      CHECK(judged(minted(edits(R"({"part":")" + std::string(part) + R"(","flip_bit":)" +
                                std::to_string(bit) + "}"))) != "accepted");
    }
  }
}

TEST_CASE("minted: critical extensions and parameters of wrong types",
          "[emulator][attack-068][attack-069][attack-070][attack-074][attack-075][attack-076]"
          "[attack-077][attack-078][attack-079][attack-080][attack-081]") {
  check({{R"({"header":{"b64":false,"crit":["b64"]},"payload_segment":"payloads"})",
          "crit_unsupported"},
         {R"({"header":{"b64":true,"crit":["b64"]}})", "crit_unsupported"},
         {R"({"header":{"crit":["x-policy"],"x-policy":"mfa"}})", "crit_unsupported"},
         {header("zip", R"("DEF")"), "accepted"},
         {header("p2c", "2147483647"), "accepted"}});
  for (const char* members :
       {R"("b64":false)", R"("b64":"false")", R"("crit":[])", R"("crit":["x","x"],"x":1)",
        R"("crit":["alg"])", R"("crit":["x-policy"])", R"("crit":"b64")", R"("crit":null)",
        R"("crit":[1])", R"("crit":[""])", R"("typ":1)", R"("cty":[])", R"("x5c":"a")"}) {
    CAPTURE(members);
    const std::string code = judged(minted(R"({"header":{)" + std::string(members) + "}}"));
    CHECK((code == "invalid_header" || code == "crit_unsupported"));
  }
}

TEST_CASE("minted: members that stand twice",
          "[emulator][attack-082][attack-083][attack-084][attack-085]") {
  check({{R"({"header":{"alg":"none"},"duplicate_header":{"alg":"ES256"}})", "duplicate_member"},
         {R"({"duplicate_header":{"alg":"none"}})", "duplicate_member"},
         {R"({"duplicate_header":{"kid":"x"}})", "duplicate_member"},
         {R"({"duplicate_claims":{"exp":9999999999}})", "duplicate_member"},
         {R"({"duplicate_claims":{"iss":"x"}})", "duplicate_member"},
         {R"({"raw_payload":"{\"exp\":1,\"\\u0065xp\":9999999999}"})", "duplicate_member"},
         {R"({"raw_payload":"{\"cnf\":{\"jkt\":\"a\",\"jkt\":\"b\"}}"})", "duplicate_member"}});
}

TEST_CASE("minted: texts that are no strict JSON object",
          "[emulator][attack-087][attack-088][attack-091][attack-092][attack-093][attack-094]"
          "[attack-095][attack-097][attack-098][attack-099]") {
  std::string deep;
  for (int i = 0; i < 3000; ++i) deep += '[';
  std::string many = R"({\"a\":0)";
  for (int i = 0; i < 256; ++i) many += R"(,\")" + std::to_string(i) + R"(\":0)";
  check({{R"({"raw_payload":")" + deep + "\"}", "bad_json"},
         {R"({"raw_payload":")" + many + "}\"}", "too_large"}});
  for (const char* json :
       {R"("{\"exp\":NaN}")", R"("{\"exp\":01}")", R"("{\"exp\":+1}")", R"("{\"exp\":.5}")",
        R"({"base64url":"eyJhIjoi_yJ9"})", R"({"base64url":"eyJhIjoiwIAifQ"})",
        R"("{\"a\":\"\\ud800\"}")", R"({"base64url":"77u_e30"})", R"({"base64url":"ewB9AA"})",
        R"("{}{}")", R"("{} x")", R"("{\"a\":1,}")", R"("{'a':1}")", R"("{/**/}")", R"("[]")",
        R"("\"s\"")", R"("1")", R"("null")", R"(" ")"}) {
    check({{R"({"raw_payload":)" + std::string(json) + "}", "bad_json"},
           {R"({"raw_header":)" + std::string(json) + "}", "bad_json"}});
  }
}

TEST_CASE("minted: numbers, NULs and names of members that are not what they seem",
          "[emulator][attack-090][attack-096][attack-100]") {
  check({{claim("exp", "1e400"), "invalid_claim"},
         {claim("exp", "1E+9999999"), "invalid_claim"},
         {claim("iss", R"("http://127.0.0.1:4100\u0000.evil")"), "wrong_issuer"},
         {R"({"audience":"api\u0000x"})", "wrong_audience"},
         {R"({"remove_claims":["exp"],"claims":{"EXP":9999999999}})", "missing_claim"},
         {R"({"remove_header":["alg"],"header":{"ALG":"ES256"}})", "invalid_header"}});
}

TEST_CASE("minted: tokens of a wrong time",
          "[emulator][attack-102][attack-103][attack-104][attack-105][attack-106][attack-107]"
          "[attack-108][attack-109][attack-110][attack-111][attack-112][attack-113][attack-114]") {
  check({{R"({"remove_claims":["exp"]})", "missing_claim"},
         {R"({"expires_in":-60})", "expired"},
         {R"({"expires_in":0})", "expired"},
         {R"({"expires_in":1})", "accepted"},
         {claim("exp", at_now(300) + ".5"), "accepted"},
         {claim("exp", "0"), "expired"},
         {claim("exp", "253402300800"), "invalid_claim"},
         {claim("exp", "9223372036854775807"), "invalid_claim"},
         {claim("nbf", at_now(1)), "not_yet_valid"},
         {claim("iat", at_now(1)), "issued_in_future"}});
  for (const char* name : {"exp", "nbf", "iat"}) {
    for (const char* json : {R"("1750000300")", "null", "true", "[1]", "{}", R"("")", "-1"}) {
      check({{claim(name, json), "invalid_claim"}});
    }
  }
  auto young = options();
  young.max_token_age = std::chrono::hours(24);
  check({{claim("iat", at_now(-7 * 24 * 3600)), "too_old"},
         {R"({"remove_claims":["iat"]})", "missing_claim"}},
        young);
  auto brief = options();
  brief.max_lifetime = std::chrono::hours(24);
  check({{R"({"expires_in":315360000})", "invalid_claim"}}, brief);
}

TEST_CASE("minted: tokens of and for somebody else",
          "[emulator][attack-116][attack-117][attack-118][attack-119][attack-120][attack-121]"
          "[attack-122][attack-123][attack-124][attack-125][attack-126][attack-127]") {
  check({{R"({"remove_claims":["iss"]})", "missing_claim"},
         {claim("iss", R"("http://127.0.0.1:4100/")"), "wrong_issuer"},
         {claim("iss", R"("HTTP://127.0.0.1:4100")"), "wrong_issuer"},
         {claim("iss", R"("http://127.0.0.1:41001")"), "wrong_issuer"},
         {claim("iss", R"("http://127.0.0.1:410")"), "wrong_issuer"},
         {claim("iss", "\"http://127.0.0.1:4100\xd0\xb5\""), "wrong_issuer"},
         {claim("iss", "1"), "invalid_claim"},
         {R"({"remove_claims":["aud"]})", "missing_claim"},
         {R"({"audience":"api1"})", "wrong_audience"},
         {R"({"audience":"ap"})", "wrong_audience"},
         {R"({"audience":"*"})", "wrong_audience"},
         {claim("aud", R"("")"), "wrong_audience"},
         {claim("aud", "[]"), "wrong_audience"},
         {claim("aud", R"(["other","api"])"), "accepted"},
         {claim("aud", "1"), "invalid_claim"},
         {claim("aud", R"([null,"api"])"), "invalid_claim"},
         {claim("aud", R"([["api"]])"), "invalid_claim"}});
}

TEST_CASE("minted: tokens of another kind, or that only their owner may use",
          "[emulator][attack-129][attack-133][attack-135][attack-136][attack-137][attack-138]"
          "[attack-140][attack-141]") {
  check(
      {{header("typ", R"("dpop+jwt")"), "wrong_type"},
       {header("typ", R"("logout+jwt")"), "wrong_type"},
       {header("typ", R"("at+jwt;x=1")"), "wrong_type"},
       {header("typ", R"("Application/AT+jwt")"), "accepted"},
       {claim("cnf", R"({"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"})"), "binding_failed"},
       {claim("cnf", R"({"unknown":1})"), "binding_failed"}});
  auto access = options();
  access.profile = TokenProfile::access_token;
  check({{"{}", "wrong_type"},
         {header("typ", R"("at+jwt")"), "accepted"},
         {R"({"header":{"typ":"at+jwt"},"remove_claims":["sub"]})", "missing_claim"},
         {R"({"header":{"typ":"at+jwt"},"claims":{"sub":1}})", "invalid_claim"},
         {R"({"header":{"typ":"at+jwt"},"remove_claims":["client_id"]})", "missing_claim"}},
        access);
  auto id = options();
  id.profile = TokenProfile::id_token;
  check({{"{}", "accepted"}, {header("typ", R"("at+jwt")"), "wrong_type"}}, id);
  auto scoped = options();
  scoped.required_scopes = {"readwrite"};
  check({{claim("scope", R"("read")"), "insufficient_scope"}}, scoped);
}

TEST_CASE("minted: a token twice is the same token", "[emulator][attack-134]") {
  auto once = options();
  once.replay_cache = jwks::make_memory_replay_cache().value();
  const std::string token = minted("{}");
  CHECK(judged(token, once) == "accepted");
  CHECK(judged(token, once) == "replayed");
  CHECK(judged(minted(R"({"remove_claims":["jti"]})"), once) == "missing_claim");
}

TEST_CASE("minted: signatures of a wrong length or form",
          "[emulator][attack-144][attack-145][attack-146][attack-147][attack-148][attack-149]"
          "[attack-150][attack-151]") {
  const std::string last = R"("edits":[{"part":"signature","decoded":true,)";
  for (const char* algorithm : {"ES256", "ES512", "EdDSA", "RS256", "PS256"}) {
    const std::string begin = R"({"algorithm":")" + std::string(algorithm) + "\",";
    for (const char* edit :
         {R"("at":-1,"erase":1}]})", R"("insert":"x"}]})", R"("at":0,"erase":1}]})",
          R"("at":0,"insert":"\u0000"}]})", R"("insert":{"base64url":"AAAA"}}]})",
          R"("at":1,"erase":9999}]})", R"("at":0,"erase":9999}]})"}) {
      check({{begin + last + edit, "bad_signature"}});
    }
  }
  const std::string zero = std::string(43, 'A');
  // n of P-256, RFC 7518's r and s in 32 bytes each.
  const std::string n = "_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE";
  for (const std::string& bytes : {zero + std::string(43, 'A'), std::string(86, 'A')}) {
    check({{R"({"signature":{"bytes":{"base64url":")" + bytes + "\"}}}", "bad_signature"}});
  }
  check({{R"({"signature":{"bytes":{"base64url":")" + n + "\"}}}", "bad_signature"},
         {R"({"signature":{"form":"der"}})", "bad_signature"},
         {R"({"algorithm":"ES512","signature":{"form":"der"}})", "bad_signature"},
         {R"({"signature":{"form":"equivalent"}})", "accepted"},
         {R"({"algorithm":"EdDSA","signature":{"form":"equivalent"}})", "bad_signature"},
         {R"({"algorithm":"PS256","signature":{"salt_bytes":0}})", "bad_signature"},
         {R"({"algorithm":"PS256","signature":{"salt_bytes":20}})", "bad_signature"},
         {R"({"algorithm":"PS256","signature":{"digest":"SHA384"}})", "bad_signature"},
         // PKCS#1 v1.5 with the DigestInfo of another hash.
         {R"({"algorithm":"RS256","signature":{"digest":"SHA512"}})", "bad_signature"}});
}
