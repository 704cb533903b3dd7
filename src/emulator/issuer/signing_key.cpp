#include "emulator/issuer/signing_key.hpp"

#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/kept.hpp"
#include "crypto/key_material.hpp"
#include "crypto/openssl.hpp"
#include "emulator/issuer/equivalent_signature.hpp"
#include "emulator/issuer/private_jwk.hpp"
#include "emulator/issuer/signer.hpp"
#include "jose/jwk_state.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

using crypto::KeyKind;

/// The kind of a new key for the algorithm: that of the curve, or the first that suits, which is
/// Ed25519 for EdDSA.
std::optional<KeyKind> kind_for(Algorithm algorithm, std::string_view curve) noexcept {
  for (const crypto::KindTraits& traits : crypto::kKeyKinds) {
    if (traits.algorithms.contains(algorithm) && (curve.empty() || curve == traits.name)) {
      return traits.kind;
    }
  }
  return std::nullopt;
}

/// Of the algorithms that a kind of key suits, the one that most use it for.
std::optional<Algorithm> usual_algorithm(KeyKind kind) noexcept {
  for (const Algorithm each :
       {Algorithm::rs256, Algorithm::es256, Algorithm::es384, Algorithm::es512, Algorithm::es256k,
        Algorithm::eddsa, Algorithm::ml_dsa_44, Algorithm::ml_dsa_65, Algorithm::ml_dsa_87}) {
    if (crypto::suits(each, kind)) return each;
  }
  return std::nullopt;
}

Error refused(std::string_view why) {
  return Error(ErrorCode::bad_config).about("signing key").because(why);
}

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) noexcept {
  return reinterpret_cast<unsigned char*>(text.data());
}

template <class Write>
std::string written_pem(Write&& write) {
  const crypto::BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || !crypto::ok(write(bio.get()))) return {};
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

/// Without it OpenSSL would ask for the password of an encrypted key on the terminal.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) { return 0; }

crypto::EvpPkeyPtr read_private_key(std::string_view pem) {
  const crypto::BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) return nullptr;
  return crypto::EvpPkeyPtr(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_password, nullptr));
}

/// Lets OpenSSL give up the search for a key.
int go_on(EVP_PKEY_CTX* context) {
  const auto* const stop = static_cast<const std::stop_token*>(EVP_PKEY_CTX_get_app_data(context));
  return stop->stop_requested() ? 0 : 1;
}

/// Tells whether the public half verifies what the private half signs.
bool makes_good_signatures(EVP_PKEY* key, Algorithm algorithm) {
  constexpr std::string_view kProbe = "probe";
  const Method how = method_of(algorithm);
  const auto signer = Signer::make(key, algorithm);
  if (!signer) return false;
  const Result<std::string> signature = signer.value()->sign(kProbe);
  const crypto::EvpMdCtxPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;  // owned by `context`
  return signature && context &&
         crypto::ok(EVP_DigestVerifyInit_ex(context.get(), &options, how.digest, nullptr, nullptr,
                                            key, nullptr)) &&
         (how.scheme != Scheme::pss ||
          crypto::ok(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING))) &&
         crypto::ok(EVP_DigestVerify(context.get(), bytes_of(*signature), signature->size(),
                                     bytes_of(kProbe), kProbe.size()));
}

/// Reads an INTEGER that OpenSSL wrote, as a number of `width` bytes; empty if it does not fit.
std::string take_integer(std::string_view& der, std::size_t width) {
  if (der.size() < 2 || der[0] != 0x02) return {};
  const auto size = static_cast<unsigned char>(der[1]);
  std::string_view number = der.substr(2, size);
  der.remove_prefix(std::min<std::size_t>(2U + size, der.size()));
  if (number.starts_with('\0')) number.remove_prefix(1);
  if (number.empty() || number.size() > width) return {};
  return std::string(width - number.size(), '\0').append(number);
}

/// RFC 7518 §3.4: r and s as fixed-width big-endian numbers, one after the other.
Result<std::string> raw_from_der(std::string_view der, std::size_t width) {
  // A SEQUENCE with a length of one byte, or, of P-521, of 0x81 and one byte.
  der.remove_prefix(std::min<std::size_t>(der.size(), der.substr(1, 1) == "\x81" ? 3 : 2));
  std::string raw = take_integer(der, width);
  raw += take_integer(der, width);
  if (raw.size() != 2 * width) return refused("cannot convert the ECDSA signature");
  return raw;
}

}  // namespace

struct SigningKey::State {
  crypto::EvpPkeyPtr key;
  Algorithm algorithm;
  KeyKind kind{};
  std::string key_id{};
  std::string thumbprint{};
  std::string public_jwk{};
  std::string public_pem{};
  mutable crypto::Kept<Signer> signers{};  ///< for the algorithm

  /// In OpenSSL's own form.
  [[nodiscard]] Result<std::string> sign(Algorithm wanted, std::string_view input,
                                         const Deviation& deviation) const;
};

Result<SigningKey> SigningKey::adopt(State state, std::string key_id) {
  EVP_PKEY* const key = state.key.get();
  const auto material = crypto::material_of(key);
  if (!material || !crypto::suits(state.algorithm, material->kind)) {
    return refused("the key's type does not fit its algorithm").with_algorithm(state.algorithm);
  }
  if (const auto signer = Signer::make(key, state.algorithm); !signer) return signer.error();
  state.kind = material->kind;
  state.thumbprint = jose::thumbprint_of(*material).value();
  state.key_id = key_id.empty() ? state.thumbprint : std::move(key_id);
  state.public_jwk = R"({"kid":)";
  text::append_json_string(state.public_jwk, state.key_id);
  state.public_jwk += R"(,"use":"sig",)";
  // The "alg" of an AKP key is among the members that are hashed.
  if (crypto::traits_of(state.kind).type != crypto::KeyType::akp) {
    state.public_jwk += R"("alg":")" + std::string(to_string(state.algorithm)) + "\",";
  }
  state.public_jwk += jose::required_members(*material) + "}";
  state.public_pem = written_pem([key](BIO* bio) { return PEM_write_bio_PUBKEY(bio, key); });
  return SigningKey(std::make_shared<const State>(std::move(state)));
}

Result<SigningKey> SigningKey::generate(Algorithm algorithm, std::string key_id,
                                        unsigned rsa_bits) {
  return generate(
      {.algorithm = algorithm, .key_id = std::move(key_id), .rsa_bits = rsa_bits, .curve = {}});
}

Result<SigningKey> SigningKey::generate(const KeyOptions& options, const std::stop_token& stop) {
  const crypto::ErrorQueueGuard guard;
  const auto kind = kind_for(options.algorithm, options.curve);
  if (!kind) {
    return refused("there is no such key for this algorithm").with_algorithm(options.algorithm);
  }
  const crypto::KindTraits& wanted = crypto::traits_of(*kind);
  const crypto::EvpPkeyCtxPtr context(
      EVP_PKEY_CTX_new_from_name(nullptr, wanted.openssl_type, nullptr));
  if (!context || !crypto::ok(EVP_PKEY_keygen_init(context.get()))) {
    return refused("cannot generate a key");
  }
  if (*kind == KeyKind::rsa && !crypto::ok(EVP_PKEY_CTX_set_rsa_keygen_bits(
                                   context.get(), static_cast<int>(options.rsa_bits)))) {
    return refused("cannot generate RSA keys of this size");
  }
  if (wanted.openssl_group != nullptr &&
      !crypto::ok(EVP_PKEY_CTX_set_group_name(context.get(), wanted.openssl_group))) {
    return refused("cannot generate keys on this curve");
  }
  std::stop_token asked = stop;  // OpenSSL wants it without const
  EVP_PKEY_CTX_set_app_data(context.get(), &asked);
  EVP_PKEY_CTX_set_cb(context.get(), &go_on);
  EVP_PKEY* made = nullptr;
  if (!crypto::ok(EVP_PKEY_generate(context.get(), &made))) return refused("cannot generate a key");
  return adopt(State{crypto::EvpPkeyPtr(made), options.algorithm}, options.key_id);
}

bool SigningKey::can_generate(const KeyOptions& options) noexcept {
  const auto kind = kind_for(options.algorithm, options.curve);
  return kind && crypto::is_available(*kind);
}

Result<SigningKey> SigningKey::from_pem(std::string_view pem, Algorithm algorithm,
                                        std::string key_id) {
  const crypto::ErrorQueueGuard guard;
  crypto::EvpPkeyPtr key = read_private_key(pem);
  if (!key) return refused("not an unencrypted private key in PEM");
  return adopt(State{std::move(key), algorithm}, std::move(key_id));
}

Result<SigningKey> SigningKey::from_jwk(std::string_view jwk, Algorithm algorithm,
                                        std::string key_id) {
  const crypto::ErrorQueueGuard guard;
  const auto document = json::parse_object(jwk);
  if (!document) return refused("the JWK is no JSON object");
  const JsonValue root = document->root();
  for (const std::string_view name : {"kid", "alg"}) {
    const auto value = root.find(name);
    if (value && !value->is_string()) return refused("\"kid\" and \"alg\" of a JWK are strings");
  }
  const auto named = root.find("alg");
  if (named && named->as_string() != to_string(algorithm)) {
    return refused("the JWK names another algorithm").with_algorithm(algorithm);
  }
  if (const auto own = root.find("kid"); own && key_id.empty()) key_id = *own->as_string();
  auto key = read_private_jwk(root);
  if (!key) return key.error();
  auto adopted = adopt(State{std::move(key).value(), algorithm}, std::move(key_id));
  if (adopted && !makes_good_signatures(adopted->state_->key.get(), algorithm)) {
    return refused("the halves of the JWK don't belong together");
  }
  return adopted;
}

Algorithm SigningKey::algorithm() const noexcept { return state_->algorithm; }
const std::string& SigningKey::key_id() const noexcept { return state_->key_id; }
const std::string& SigningKey::thumbprint() const noexcept { return state_->thumbprint; }
const std::string& SigningKey::public_jwk() const noexcept { return state_->public_jwk; }
const std::string& SigningKey::public_pem() const noexcept { return state_->public_pem; }

KeyOptions SigningKey::alike() const {
  KeyOptions options{.algorithm = algorithm()};
  if (state_->kind == KeyKind::rsa) {
    options.rsa_bits = static_cast<unsigned>(EVP_PKEY_get_bits(state_->key.get()));
  } else {
    options.curve = crypto::traits_of(state_->kind).name;
  }
  return options;
}

Result<std::string> SigningKey::public_der() const {
  const crypto::ErrorQueueGuard guard;
  unsigned char* bytes = nullptr;
  const int size = i2d_PUBKEY(state_->key.get(), &bytes);
  if (size <= 0) return refused("cannot write the key");
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

Result<std::string> SigningKey::private_pem() const {
  const crypto::ErrorQueueGuard guard;
  std::string pem = written_pem([this](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, state_->key.get(), nullptr, nullptr, 0, nullptr,
                                         nullptr);
  });
  if (pem.empty()) return refused("cannot write the key");
  return pem;
}

Result<std::string> SigningKey::private_jwk() const {
  const crypto::ErrorQueueGuard guard;
  return private_members(state_->key.get()).and_then([this](std::string&& members) {
    const std::string_view open(state_->public_jwk.data(), state_->public_jwk.size() - 1);
    return Result<std::string>(std::string(open) + members + '}');
  });
}

Result<std::string> SigningKey::State::sign(Algorithm wanted, std::string_view input,
                                            const Deviation& deviation) const {
  const crypto::ErrorQueueGuard guard;
  const bool is_usual = wanted == algorithm && deviation.digest.empty() && !deviation.salt_bytes &&
                        Signer::is_reusable(algorithm);
  const bool keeps = is_usual && signers.is_ready();
  std::unique_ptr<Signer> signer = keeps ? signers.take() : nullptr;
  if (!signer) {
    auto made = Signer::make(key.get(), wanted, deviation);
    if (!made) return made.error();
    signer = std::move(made).value();
  }
  Result<std::string> signature = signer->sign(input);
  if (keeps && signature) signers.put(std::move(signer));
  return signature;
}

Result<std::string> SigningKey::sign(Algorithm algorithm, std::string_view input,
                                     const Deviation& deviation) const {
  if (method_of(algorithm).scheme == Scheme::ecdsa) {
    return sign_der(algorithm, input, deviation).and_then([this](std::string&& der) {
      return raw_from_der(der, crypto::traits_of(state_->kind).size);
    });
  }
  if (!crypto::suits(algorithm, state_->kind)) {
    return refused("this key can't make such a signature").with_algorithm(algorithm);
  }
  return state_->sign(algorithm, input, deviation);
}

Result<std::string> SigningKey::sign_der(Algorithm algorithm, std::string_view input,
                                         const Deviation& deviation) const {
  // The curve is not compared: a signature by a key of another curve is something to test with.
  if (method_of(algorithm).scheme != Scheme::ecdsa ||
      crypto::traits_of(state_->kind).type != crypto::KeyType::ec) {
    return refused("this key can't make such a signature").with_algorithm(algorithm);
  }
  return state_->sign(algorithm, input, deviation);
}

Result<std::string> SigningKey::equivalent(std::string_view signature) const {
  const crypto::ErrorQueueGuard guard;
  return equivalent_signature(state_->kind, signature);
}

std::optional<Algorithm> algorithm_for_pem(std::string_view pem) {
  const crypto::ErrorQueueGuard guard;
  const crypto::EvpPkeyPtr key = read_private_key(pem);
  if (!key) return std::nullopt;
  const auto material = crypto::material_of(key.get());
  if (!material) return std::nullopt;
  return usual_algorithm(material->kind);
}

std::optional<Algorithm> algorithm_for_type(std::string_view type, std::string_view name) noexcept {
  for (const crypto::KindTraits& each : crypto::kKeyKinds) {
    if (name_of(each.type) == type && each.name == name) return usual_algorithm(each.kind);
  }
  return std::nullopt;
}

Result<std::string> hmac(unsigned digest_bits, std::string_view secret, std::string_view input) {
  const crypto::ErrorQueueGuard guard;
  const EVP_MD* const digest = digest_bits == 256   ? EVP_sha256()
                               : digest_bits == 384 ? EVP_sha384()
                               : digest_bits == 512 ? EVP_sha512()
                                                    : nullptr;
  if (digest == nullptr) return refused("HMAC digests have 256, 384 or 512 bits");
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  // An empty secret is a valid HMAC key, but OpenSSL takes a null pointer as "keep the last one".
  const char* const key = secret.empty() ? "" : secret.data();
  if (HMAC(digest, key, static_cast<int>(secret.size()), bytes_of(input), input.size(),
           bytes_of(mac), &size) == nullptr) {
    return refused("cannot compute an HMAC");
  }
  mac.resize(size);
  return mac;
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
