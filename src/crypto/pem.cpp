#include "crypto/pem.hpp"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "crypto/certificate.hpp"
#include "crypto/openssl.hpp"
#include "crypto/public_key.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {
namespace {

constexpr std::size_t kMaxPemBytes = std::size_t{64} * 1024;

struct OpensslFree {
  void operator()(void* memory) const noexcept { OPENSSL_free(memory); }
};

/// Empty when there is no further block. A private key's content is wiped.
std::optional<PemBlock> next_block(BIO* in) {
  char* label = nullptr;
  char* header = nullptr;
  unsigned char* content = nullptr;
  long size = 0;
  const bool read = ok(PEM_read_bio(in, &label, &header, &content, &size));
  const std::unique_ptr<char, OpensslFree> label_owner(label);
  const std::unique_ptr<char, OpensslFree> header_owner(header);
  const std::unique_ptr<unsigned char, OpensslFree> content_owner(content);
  if (!read) return std::nullopt;
  if (std::string_view(label).find("PRIVATE") != std::string_view::npos) {
    OPENSSL_cleanse(content, static_cast<std::size_t>(size));
    return PemBlock{label, {}};
  }
  return PemBlock{label, {reinterpret_cast<const char*>(content), static_cast<std::size_t>(size)}};
}

/// Tells why the last `next_block` found none: there was no further start line, or something worse.
bool was_end_of_text() noexcept {
  const unsigned long error = ERR_peek_last_error();
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

Result<KeyMaterial> decode(const PemBlock& block) {
  if (block.label == "CERTIFICATE") return material_of_certificate(block.der);

  const ErrorQueueGuard guard;
  const auto* const begin = reinterpret_cast<const unsigned char*>(block.der.data());
  const auto size = static_cast<long>(block.der.size());
  const unsigned char* next = begin;
  EvpPkeyPtr key;
  if (block.label == "PUBLIC KEY") key.reset(d2i_PUBKEY(nullptr, &next, size));
  if (block.label == "RSA PUBLIC KEY") {
    key.reset(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &next, size));
  }
  // What is left after the structure would be data that nobody looked at.
  if (!key || next != begin + size) {
    return bad_pem("neither a public key nor a certificate that can be read");
  }
  return material_of(key.get());
}

}  // namespace

Error bad_pem(std::string_view detail) noexcept {
  return Error(ErrorCode::key_rejected, ErrorReason::bad_pem).about("pem").because(detail);
}

Result<PemBlock> read_pem(std::string_view pem) {
  if (pem.size() > kMaxPemBytes) return bad_pem("more than 64 KiB");
  if (pem.empty()) return bad_pem("no PEM block found");
  const ErrorQueueGuard guard;
  const BioPtr in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!in) return Error(ErrorCode::out_of_memory);

  auto block = next_block(in.get());
  if (!block) return bad_pem("no PEM block found");
  if (block->label.find("PRIVATE") != std::string::npos) {
    return Error(ErrorCode::key_rejected, ErrorReason::private_material)
        .about("pem")
        .because("a private key where a public key is expected");
  }
  if (next_block(in.get()) || !was_end_of_text()) return bad_pem("more than one PEM block");
  return std::move(*block);
}

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  return read_pem(pem).and_then(&decode).and_then(
      [](const KeyMaterial& material) { return from_material(material); });
}

Result<std::string> PublicKey::to_pem() const {
  const ErrorQueueGuard guard;
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (!out || !ok(PEM_write_bio_PUBKEY(out.get(), handle()))) {
    return Error(ErrorCode::out_of_memory);
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
