// `jwks key`: keys that are made and converted sign and verify, private ones stay private, and what
// is no key is refused with a reason.

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "cli/golden.hpp"
#include "emulator/issuer/signing_key.hpp"
#include "emulator/issuer/token_builder.hpp"
#include "jwks/jwk_set.hpp"
#include "support/catch.hpp"
#include "support/certificates.hpp"
#include "support/temporary_directory.hpp"

namespace {

using namespace test;
using jwks::Algorithm;
using jwks::Jwk;
using jwks::emulator::SigningKey;
using jwks::emulator::TokenBuilder;

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// What the program prints; the test fails if it does not succeed.
std::string output_of(const std::vector<std::string>& arguments, std::string_view input = {}) {
  const auto result = run_jwks(arguments, input);
  CAPTURE(arguments, result.err);
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  return result.out;
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

unsigned mode_of(const std::string& path) {
  struct stat found{};
  return stat(path.c_str(), &found) == 0 ? found.st_mode & 0777U : 0;
}

/// RFC 7515 A.3.
constexpr std::string_view kPrivateJwk =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",)"
    R"("d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"})";
constexpr std::string_view kPrivateNumber = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI";

/// RFC 7638 3.1, and the thumbprint that it gives.
constexpr std::string_view kRfc7638Jwk =
    R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPF)"
    R"(FxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-6)"
    R"(5YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWh)"
    R"(AI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB",)"
    R"("alg":"RS256","kid":"2011-04-29"})";
constexpr std::string_view kRfc7638Thumbprint = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";

TEST_CASE("keys of every algorithm are made, converted both ways, and still sign and verify") {
  for (const Algorithm algorithm :
       {Algorithm::rs256, Algorithm::rs384, Algorithm::rs512, Algorithm::ps256, Algorithm::ps384,
        Algorithm::ps512, Algorithm::es256, Algorithm::es384, Algorithm::es512, Algorithm::es256k,
        Algorithm::eddsa, Algorithm::ed25519, Algorithm::ed448}) {
    const std::string name(to_string(algorithm));
    CAPTURE(name);
    const std::string jwk =
        output_of({"key", "generate", "--algorithm", name, "--kid", "k1", "--format", "jwk"});
    const std::string pem = output_of({"key", "convert", "--to", "pem", "--algorithm", name}, jwk);
    const std::string again =
        output_of({"key", "convert", "--to", "jwk", "--algorithm", name, "--kid", "k1"}, pem);
    CHECK(again == jwk);
    const std::string public_jwk = output_of({"key", "convert", "--to", "jwk", "--public"}, jwk);
    const std::string public_pem = output_of({"key", "convert", "--to", "pem"}, public_jwk);
    CHECK(public_pem == output_of({"key", "convert", "--to", "pem", "--public"}, pem));
    CHECK(public_jwk ==
          output_of({"key", "convert", "--to", "jwk", "--algorithm", name, "--kid", "k1"},
                    public_pem));
    CHECK_FALSE(holds(public_jwk, R"("d":)"));

    // What was made by the program signs a token, and what was published of it verifies that.
    const auto signer = SigningKey::from_pem(pem, algorithm, "k1");
    REQUIRE(signer.has_value());
    const std::string token = TokenBuilder(*signer).claim("exp", "4000000000").build().value();
    const TemporaryFile keys(R"({"keys":[)" + public_jwk + "]}");
    const auto verified = run_jwks(
        {"verify", "--jwks", keys.path(), "--any-issuer", "--any-audience", "--algorithms", name},
        token);
    CAPTURE(verified.out, verified.err);
    CHECK(verified.status == 0);
  }
}

TEST_CASE("published keys are converted, and named by their thumbprints") {
  const TemporaryFile set(R"({"keys":[)" + std::string(kRfc7638Jwk) + ',' +
                          std::string(kPrivateJwk) +
                          R"(,{"kty":"oct","k":"c2VjcmV0","kid":"s"}]})");
  const TemporaryFile one(R"({"keys":[)" + std::string(kRfc7638Jwk) + "]}");
  const std::string jwk(kPrivateJwk);
  check_transcript("key_published",
                   {{.arguments = {"key", "thumbprint"}, .input = std::string(kRfc7638Jwk)},
                    {.arguments = {"key", "thumbprint", "--uri"}, .input = jwk},
                    {.arguments = {"key", "thumbprint", set.path()}},
                    {.arguments = {"key", "convert", "--to", "pem", "--public"}, .input = jwk},
                    {.arguments = {"key", "convert", "--to", "pem"}, .input = jwk},
                    {.arguments = {"key", "convert", "--to", "jwk"}, .input = jwk},
                    {.arguments = {"key", "convert", one.path(), "--to", "jwk"}}},
                   {{set.path(), "SET"}, {one.path(), "ONE"}});
}

TEST_CASE("a key has the names that are asked for, else its own, else the usual ones") {
  const std::string bare = output_of({"key", "convert", "--to", "pem", "--public"}, kPrivateJwk);
  const auto from_pem = Jwk::parse(output_of({"key", "convert", "--to", "jwk"}, bare));
  REQUIRE(from_pem.has_value());
  CHECK(from_pem->key_id() == from_pem->thumbprint());
  CHECK(from_pem->algorithm() == Algorithm::es256);

  const auto own = Jwk::parse(output_of({"key", "convert", "--to", "jwk"}, kRfc7638Jwk));
  REQUIRE(own.has_value());
  CHECK(own->key_id() == "2011-04-29");
  CHECK(own->thumbprint() == kRfc7638Thumbprint);

  const std::string rsa = output_of({"key", "convert", "--to", "pem"}, kRfc7638Jwk);
  const auto asked = Jwk::parse(output_of(
      {"key", "convert", "--to", "jwk", "--algorithm", "PS384", "--kid", "J\xC3\xBCrg \"1\""},
      rsa));
  REQUIRE(asked.has_value());
  CHECK(asked->key_id() == "J\xC3\xBCrg \"1\"");
  CHECK(asked->algorithm() == Algorithm::ps384);
}

TEST_CASE("private keys of the older PEM forms and certificates are read") {
  const SigningKey key = SigningKey::generate(Algorithm::es256).value();
  const std::string private_pem = key.private_pem().value();
  const std::string cert = pem("CERTIFICATE", certificate(private_pem));
  CHECK(output_of({"key", "thumbprint"}, cert) == key.thumbprint() + '\n');
  CHECK(output_of({"key", "convert", "--to", "pem"}, cert) == key.public_pem());
  CHECK(output_of({"key", "thumbprint"}, private_pem) == key.thumbprint() + '\n');

  const jwks::crypto::BioPtr out(BIO_new(BIO_s_mem()));
  const jwks::crypto::EvpPkeyPtr pair = private_key(private_pem);
  REQUIRE(PEM_write_bio_PrivateKey_traditional(out.get(), pair.get(), nullptr, nullptr, 0, nullptr,
                                               nullptr) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  const std::string sec1(data, static_cast<std::size_t>(size));
  REQUIRE(holds(sec1, "BEGIN EC PRIVATE KEY"));
  CHECK(output_of({"key", "convert", "--to", "pem"}, sec1) == private_pem);
}

TEST_CASE("a private key goes into a new file that only its owner can read") {
  const TemporaryDirectory folder;
  const std::string path = folder.path() / "key.jwk";
  const std::vector<std::string> generate{"key",   "generate", "--algorithm",
                                          "EdDSA", "--output", path};
  CHECK(output_of(generate).empty());
  CHECK(mode_of(path) == 0600);
  const std::string first = content_of(path);
  CHECK(holds(first, R"("d":")"));

  // It is not lost to a second one.
  const auto refused = run_jwks(generate);
  CHECK(refused.status == 2);
  CHECK(refused.err == "jwks: " + path + " exists; --force replaces it\n");
  CHECK(content_of(path) == first);

  // Who has the old file open does not get to see the new key.
  REQUIRE(chmod(path.c_str(), 0666) == 0);
  std::ifstream open_before(path);
  CHECK(
      output_of({"key", "generate", "--algorithm", "EdDSA", "--output", path, "--force"}).empty());
  CHECK(mode_of(path) == 0600);
  CHECK(content_of(path) != first);
  CHECK(std::string(std::istreambuf_iterator<char>(open_before), {}) == first);
  using Folder = std::filesystem::directory_iterator;
  CHECK(std::distance(Folder(folder.path()), Folder()) == 1);

  const std::string public_path = folder.path() / "key.pem";
  CHECK(output_of({"key", "convert", path, "--to", "pem", "--public", "--output", public_path})
            .empty());
  const auto usual_mode = mode_of(public_path);
  CHECK((usual_mode & 0400) != 0);
  CHECK(output_of(
            {"key", "convert", path, "--to", "pem", "--public", "--output", public_path, "--force"})
            .empty());
  CHECK(mode_of(public_path) == usual_mode);
  CHECK(content_of(public_path).starts_with("-----BEGIN PUBLIC KEY-----"));
}

TEST_CASE("only a regular file is replaced, and a file that can't be written is named") {
  const TemporaryDirectory folder;
  const std::string link = folder.path() / "link";
  const std::string target = folder.path() / "target";
  std::filesystem::create_symlink(target, link);
  const auto to = [](const std::string& path, bool force) {
    std::vector<std::string> arguments{"key", "generate", "--algorithm", "ES256", "--output", path};
    if (force) arguments.emplace_back("--force");
    return run_jwks(arguments);
  };
  CHECK(to(link, false).status == 2);
  CHECK(to(link, true).status == 2);
  CHECK_FALSE(std::filesystem::exists(target));
  CHECK(to("/dev/null", true).status == 2);
  CHECK(std::filesystem::is_character_file("/dev/null"));
  CHECK(to(folder.path().string(), true).status == 2);
  const auto nowhere = to(folder.path() / "none" / "key", false);
  CHECK(nowhere.status == 2);
  CHECK(holds(nowhere.err, "none/key: No such file or directory"));
  const auto full =
      run_program({"/bin/sh", "-c", JWKS_PROGRAM " key generate --algorithm ES256 >/dev/full"});
  CHECK(full.status == 2);
  CHECK(full.err == "jwks: can't write to standard output: No space left on device\n");
}

TEST_CASE("what is no key is refused with its file and a reason, and never shown") {
  const TemporaryFile junk("junk");
  struct Case {
    std::string input;
    std::string_view reason;
  };
  const std::string jwk(kPrivateJwk);
  const std::string encrypted =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGj\n-----END ENCRYPTED PRIVATE KEY-----\n";
  for (const Case& each : std::vector<Case>{
           {"", "bad_pem"},
           {"{", "bad_json"},
           {"{}", "key_rejected"},
           {R"({"keys":[]})", "exactly one key"},
           {R"({"keys":[7]})", "exactly one key"},
           {R"({"keys":[)" + jwk + ',' + jwk + "]}", "exactly one key"},
           {R"({"kty":"oct","k":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"})", "symmetric"},
           {R"({"kty":"EC","crv":"P-256","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"})",
            "[x]"},
           {R"({"kty":"XX","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"})", "unknown_kty"},
           {with_replacements(jwk, {{"f83OJ3D2", "f83OJ3D3"}}), "is no key"},
           {with_replacements(jwk, {{R"("EC")", R"("EC","alg":"RS256")"}}), "does not fit"},
           {with_replacements(jwk, {{R"("EC")", R"("EC","alg":"none")"}}), "unknown_alg"},
           {with_replacements(jwk, {{R"("EC")", R"("EC","use":"enc")"}}), "use_not_sig"},
           {R"({"kty":"AKP","alg":"ML-DSA-44","pub":"AA","priv":"AA"})", "RSA, EC or OKP"},
           {encrypted, "not an unencrypted"},
           {"-----BEGIN PUBLIC KEY-----\nMIGj\n-----END PUBLIC KEY-----\n", "bad_pem"},
       }) {
    CAPTURE(each.input);
    const auto result = run_jwks({"key", "convert", "--to", "jwk"}, each.input);
    CHECK(result.status == 2);
    CHECK(result.out.empty());
    CAPTURE(result.err);
    CHECK(result.err.starts_with("jwks: standard input: "));
    CHECK(holds(result.err, each.reason));
    CHECK_FALSE(holds(result.err, kPrivateNumber.substr(0, 12)));
  }
  CHECK(holds(run_jwks({"key", "thumbprint", junk.path()}).err, junk.path() + ": "));
  // "alg" of a key and what it is wanted for must be the same.
  const auto other =
      run_jwks({"key", "convert", "--to", "pem", "--algorithm", "PS256"}, kRfc7638Jwk);
  CHECK(other.status == 2);
  CHECK(holds(other.err, "names another algorithm"));
}

TEST_CASE("a wrong command line of jwks key is refused with status 2 and a reason") {
  const std::vector<std::vector<std::string>> wrong{
      {"key"},
      {"key", "frobnicate"},
      {"key", "generate"},
      {"key", "generate", "--algorithm"},
      {"key", "generate", "--algorithm", "none"},
      {"key", "generate", "--algorithm", "HS256"},
      {"key", "generate", "--algorithm", "es256"},
      {"key", "generate", "--algorithm", "RS256", "--rsa-bits", "1024"},
      {"key", "generate", "--algorithm", "RS256", "--rsa-bits", "8193"},
      {"key", "generate", "--algorithm", "RS256", "--rsa-bits", "many"},
      {"key", "generate", "--algorithm", "ES256", "--rsa-bits", "2048"},
      {"key", "generate", "--algorithm", "ES256", "--format", "der"},
      {"key", "generate", "--algorithm", "ES256", "--kid", ""},
      {"key", "generate", "--algorithm", "ES256", "--kid", "\xff"},
      {"key", "generate", "--algorithm", "ES256", "--kid", std::string(2000, 'k')},
      {"key", "generate", "--algorithm", "ES256", "--force"},
      {"key", "generate", "--algorithm", "ES256", "surplus"},
      {"key", "convert"},
      {"key", "convert", "--to", "der"},
      {"key", "convert", "/no/such/file", "--to", "jwk"},
      {"key", "convert", "/", "--to", "jwk"},
      {"key", "thumbprint", "/no/such/file"},
      {"key", "thumbprint", "--to", "pem"},
  };
  for (const auto& arguments : wrong) {
    CAPTURE(arguments);
    const auto result = run_jwks(arguments);
    CHECK(result.status == 2);
    CHECK_FALSE(result.err.empty());
    CHECK(result.out.empty());
  }
}

}  // namespace
